/// The martlet: the heraldic swift.
enum Emblem {
    /// Coloured by the style sheet, not read out.
    static let svg: HTML = """
        <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">\
        <path d="M2 5c8 .5 12.500 3 15 7.500 2.500-1.500 5.200-1.800 7.300-.8l4.700.8-3.600 2c.3 3.200-1.700 6-5.100 7.100\
        L15.500 29l.6-7.100L8.500 25l4.700-5.700C10 16.500 8.600 13.600 8.200 11 5.800 9.700 3.600 7.800 2 5z"/></svg>
        """

    /// The same as an icon that needs no request.
    static let icon =
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Cpath fill='%2314595f' "
        + "d='M2 5c8 .5 12.500 3 15 7.500 2.500-1.500 5.200-1.800 7.300-.8l4.700.8-3.600 2c.3 3.200-1.700 6-5.100 7.100"
        + "L15.500 29l.6-7.100L8.500 25l4.700-5.700C10 16.500 8.600 13.600 8.200 11 5.800 9.700 3.600 7.800 2 5z'/%3E%3C/svg%3E"
}
