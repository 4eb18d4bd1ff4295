/// The look of every page: no outside fonts or images, light and dark, down to 320 pixels wide.
enum Stylesheet {
    /// Colour pairs have a contrast of at least 4.5 to 1 in both schemes.
    static let css: HTML = """
        :root { color-scheme: light dark;
          --paper: #f6f5f1; --card: #fffefb; --ink: #1d2629; --soft: #56646a; --line: #dfddd4;
          --accent: #14595f; --accent-ink: #ffffff; --good: #1b6b43; --bad: #a1341c; }
        @media (prefers-color-scheme: dark) { :root {
          --paper: #12181a; --card: #1a2225; --ink: #e8ecea; --soft: #a0aeb1; --line: #2d383c;
          --accent: #7cc7c3; --accent-ink: #0c2123; --good: #7fd0a2; --bad: #f2a08a; } }
        * { box-sizing: border-box; }
        body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; background: var(--paper);
          color: var(--ink); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; }
        a { color: var(--accent); text-underline-offset: .2em; }
        a:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: 2px; }
        .skip { position: absolute; left: -100vw; }
        .skip:focus { left: 1rem; top: .5rem; padding: .5rem 1rem; background: var(--accent);
          color: var(--accent-ink); }
        .bar, main, footer { width: 100%; max-width: 64rem; margin: 0 auto; padding: 0 1.25rem; }
        header { border-bottom: 1px solid var(--line); background: var(--card); }
        .bar { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 2rem; min-height: 4rem;
          padding-top: .7rem; padding-bottom: .7rem; }
        .brand { display: flex; align-items: center; gap: .6rem; color: var(--ink); font-weight: 650;
          font-size: 1.15rem; letter-spacing: -.01em; text-decoration: none; }
        .brand svg { width: 2rem; height: 2rem; fill: var(--accent); }
        nav ul { display: flex; flex-wrap: wrap; gap: 1.25rem; margin: 0; padding: 0; list-style: none; }
        nav a { color: var(--soft); text-decoration: none; padding: .35rem 0; }
        nav a:hover { color: var(--ink); }
        nav a[aria-current] { color: var(--ink); box-shadow: 0 2px 0 var(--accent); }
        main { flex: 1; padding-top: 2.5rem; padding-bottom: 3rem; }
        h1 { margin: 0; font-size: clamp(1.6rem, 5vw, 2.1rem); line-height: 1.2; letter-spacing: -.02em; }
        h2 { margin: 0 0 1rem; font-size: 1.1rem; }
        .lead { margin: .4rem 0 2rem; color: var(--soft); max-width: 40rem; }
        .state { display: inline-block; width: .65rem; height: .65rem; margin-right: .5rem; border-radius: 50%;
          background: var(--good); }
        .state.bad { background: var(--bad); border-radius: 2px; }
        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 1rem;
          margin: 0 0 1rem; }
        .card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
          padding: 1.25rem 1.4rem; }
        .figures dt { color: var(--soft); font-size: .95rem; }
        .figures dd { margin: .15rem 0 0; font-size: 1.9rem; font-weight: 620; line-height: 1.25;
          letter-spacing: -.02em; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
        .figures .note { display: block; font-size: .9rem; font-weight: 400; letter-spacing: 0; color: var(--soft); }
        .facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(12rem, 45%), 1fr)); gap: 1.1rem 1.5rem;
          margin: 0; }
        .facts dt { color: var(--soft); font-size: .9rem; }
        .facts dd { margin: 0; font-weight: 560; font-variant-numeric: tabular-nums; }
        .facts .bad { color: var(--bad); }
        .hint { padding-top: 1rem; color: var(--soft); font-size: .95rem; }
        code { font: .92em/1.5 ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", monospace;
          background: var(--paper); border: 1px solid var(--line); border-radius: .35rem; padding: .1rem .4rem; }
        .card p { margin: 0; }
        footer { padding-top: 1.1rem; padding-bottom: 1.6rem; color: var(--soft); font-size: .9rem; }
        .narrow { max-width: 28rem; margin: 0 auto; }
        .narrow h1 { margin-bottom: 1rem; }
        .card + .card { margin-top: 1rem; }
        form { margin: 1rem 0 0; }
        form.inline { display: inline-block; margin: .6rem .6rem 0 0; }
        .card .field { margin: 0 0 1rem; display: flex; flex-direction: column; gap: .25rem; }
        .field .hint { padding: 0; }
        label { font-weight: 560; }
        input { width: 100%; font: inherit; color: var(--ink); background: var(--paper); padding: .55rem .7rem;
          border: 1px solid var(--soft); border-radius: .45rem; }
        button, .button { display: inline-block; font: inherit; font-weight: 600; padding: .55rem 1.1rem;
          min-height: 2.75rem; border: 1px solid var(--accent); border-radius: .45rem; background: var(--accent);
          color: var(--accent-ink); text-decoration: none; cursor: pointer; }
        button.quiet { background: transparent; color: var(--accent); }
        input:focus-visible, button:focus-visible, summary:focus-visible { outline: 3px solid var(--accent);
          outline-offset: 2px; }
        .alert { padding: .7rem .9rem; border: 1px solid currentColor; border-radius: .45rem; color: var(--bad); }
        .steps { padding-left: 1.2rem; }
        .steps svg { display: block; width: 13rem; max-width: 100%; height: auto; margin: 1rem 0; background: #fff; }
        .secret { overflow-wrap: anywhere; }
        .codes { display: grid; grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr)); gap: .5rem; padding: 0;
          list-style: none; }
        .sessions { margin: 0; padding: 0; list-style: none; }
        .sessions li { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .5rem;
          padding: .5rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
        .sessions form.inline { margin: 0; }
        .card p + p { margin-top: .8rem; }
        details { margin-top: 1rem; }
        summary { cursor: pointer; padding: .3rem 0; }
        @media (prefers-contrast: more) { .card, header { border-color: var(--ink); } }
        """
}
