/// The units that UCUM gives a symbol, each by a number of others before it in the table.
/// - Source: The Unified Code for Units of Measure, tables 1 to 29, https://ucum.org/ucum.
struct UnitAtom: Sendable {
    /// Whether prefixes may stand before it.
    var isMetric: Bool
    /// Whether its scale is no ratio scale, as degree Celsius: amounts in it cannot be converted by a factor.
    var isSpecial: Bool
    var measure: UnitOfMeasure.Measure

    /// All atoms by their symbols.
    static let all: [String: UnitAtom] = {
        var atoms: [String: UnitAtom] = [:]
        for (place, symbol) in ["m", "s", "g", "rad", "K", "C", "cd", "mol"].enumerated() {
            atoms[symbol] = UnitAtom(isMetric: true, isSpecial: false, measure: .init(base: place))
        }
        for line in definitions.split(separator: "\n") {
            let words = line.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
            guard words.count == 4, var value = ExactRatio(parsing: words[2]) else { continue }
            let isArbitrary = words[3] == "*"
            var parser = UnitParser(words[3], atoms: atoms)
            guard var measure = isArbitrary ? .init(arbitrary: words[0]) : parser.parse()?.measure else { continue }
            guard let factor = measure.factor.multiplied(by: value) else { continue }
            value = factor
            measure.factor = value
            atoms[words[0]] = UnitAtom(
                isMetric: words[1].contains("m"), isSpecial: words[1].contains("s"), measure: measure)
        }
        return atoms
    }()

    /// What stands before a metric unit, and the power of ten that it means.
    static let prefixes: [(symbol: String, power: Int)] = [
        ("da", 1), ("Y", 24), ("Z", 21), ("E", 18), ("P", 15), ("T", 12), ("G", 9), ("M", 6), ("k", 3), ("h", 2),
        ("d", -1), ("c", -2), ("m", -3), ("u", -6), ("n", -9), ("p", -12), ("f", -15), ("a", -18), ("z", -21),
        ("y", -24),
    ]

    /// Symbol; m for metric, s for special, - for neither; how many of what. `*` stands for a unit of its own kind.
    private static let definitions = """
        10* - 10 1
        10^ - 10 1
        [pi] - 3.1415926535897932384 1
        % - 0.01 1
        [ppth] - 0.001 1
        [ppm] - 1e-6 1
        [ppb] - 1e-9 1
        [pptr] - 1e-12 1
        sr m 1 rad2
        Hz m 1 s-1
        N m 1 kg.m/s2
        Pa m 1 N/m2
        J m 1 N.m
        W m 1 J/s
        A m 1 C/s
        V m 1 J/C
        F m 1 C/V
        Ohm m 1 V/A
        S m 1 Ohm-1
        Wb m 1 V.s
        Cel ms 1 K
        T m 1 Wb/m2
        H m 1 Wb/A
        lm m 1 cd.sr
        lx m 1 lm/m2
        Bq m 1 s-1
        Gy m 1 J/kg
        Sv m 1 J/kg
        gon - 0.9 [pi].rad/180
        deg - 2 [pi].rad/360
        ' - 1 deg/60
        '' - 1 '/60
        l m 1 dm3
        L m 1 l
        ar m 100 m2
        min - 60 s
        h - 60 min
        d - 24 h
        wk - 7 d
        a_t - 365.24219 d
        a_j - 365.25 d
        a_g - 365.2425 d
        a - 1 a_j
        mo_s - 29.53059 d
        mo_j - 1 a_j/12
        mo_g - 1 a_g/12
        mo - 1 mo_j
        t m 1000 kg
        bar m 100000 Pa
        u m 1.66053906660e-24 g
        eV m 1.602176634e-19 J
        pc m 30856780000000000 m
        AU - 149597870691 m
        [c] m 299792458 m/s
        [g] m 9.80665 m/s2
        [k] m 1.380649e-23 J/K
        [e] m 1.602176634e-19 C
        gf m 1 g.[g]
        [lbf_av] - 4.4482216152605 N
        Ky m 1 cm-1
        Gal m 1 cm/s2
        dyn m 1 g.cm/s2
        erg m 1 dyn.cm
        P m 1 dyn.s/cm2
        Bi m 10 A
        St m 1 cm2/s
        G m 0.0001 T
        Ci m 37000000000 Bq
        R m 0.000258 C/kg
        RAD m 100 erg/g
        REM m 1 RAD
        [in_i] - 2.54 cm
        [ft_i] - 12 [in_i]
        [yd_i] - 3 [ft_i]
        [mi_i] - 5280 [ft_i]
        [fth_i] - 6 [ft_i]
        [nmi_i] - 1852 m
        [kn_i] - 1 [nmi_i]/h
        [sin_i] - 1 [in_i]2
        [sft_i] - 1 [ft_i]2
        [syd_i] - 1 [yd_i]2
        [cin_i] - 1 [in_i]3
        [cft_i] - 1 [ft_i]3
        [mil_i] - 0.001 [in_i]
        [hd_i] - 4 [in_i]
        [acr_us] - 4046.872609874252 m2
        [gal_us] - 231 [in_i]3
        [bbl_us] - 42 [gal_us]
        [qt_us] - 1 [gal_us]/4
        [pt_us] - 1 [qt_us]/2
        [gil_us] - 1 [pt_us]/4
        [foz_us] - 1 [gil_us]/4
        [fdr_us] - 1 [foz_us]/8
        [min_us] - 1 [fdr_us]/60
        [tbs_us] - 1 [foz_us]/2
        [tsp_us] - 1 [tbs_us]/3
        [cup_us] - 16 [tbs_us]
        [foz_m] - 30 mL
        [cup_m] - 240 mL
        [tsp_m] - 5 mL
        [tbs_m] - 15 mL
        [gal_br] - 4.54609 l
        [pt_br] - 1 [gal_br]/8
        [foz_br] - 1 [gal_br]/160
        [gr] - 64.79891 mg
        [lb_av] - 7000 [gr]
        [oz_av] - 1 [lb_av]/16
        [dr_av] - 1 [oz_av]/16
        [ston_av] - 2000 [lb_av]
        [lton_av] - 2240 [lb_av]
        [stone_av] - 14 [lb_av]
        [lb_tr] - 5760 [gr]
        [oz_tr] - 1 [lb_tr]/12
        [psi] - 1 [lbf_av]/[in_i]2
        [degF] s 5 K/9
        [degR] - 5 K/9
        cal_th m 4.184 J
        cal m 1 cal_th
        cal_IT m 4.1868 J
        cal_[15] m 4.1858 J
        [Cal] - 1 kcal_th
        [Btu] - 1055.05585262 J
        [HP] - 550 [ft_i].[lbf_av]/s
        atm - 101325 Pa
        att - 1 kgf/cm2
        m[Hg] m 133322.387 Pa
        m[H2O] m 9806.65 Pa
        [in_i'Hg] - 0.0254 m[Hg]
        [in_i'H2O] - 0.0254 m[H2O]
        [diop] - 1 m-1
        [p'diop] s 1 rad
        [mesh_i] - 1 [in_i]-1
        [Ch] - 1 mm/3
        [drp] - 0.05 mL
        [MET] - 3.5 mL/min/kg
        eq m 1 mol
        osm m 1 mol
        kat m 1 mol/s
        U m 1 umol/min
        [pH] s 1 mol/l
        g% m 1 g/dl
        [S] - 1e-13 s
        [HPF] - 1 1
        [LPF] - 100 1
        [car_m] - 0.2 g
        [car_Au] - 1 1/24
        bit - 1 1
        By m 8 bit
        Bd m 1 s-1
        Np ms 1 1
        B ms 1 1
        [iU] m 1 *
        [IU] m 1 [iU]
        [arb'U] - 1 *
        [USP'U] - 1 *
        [GPL'U] - 1 *
        [MPL'U] - 1 *
        [APL'U] - 1 *
        [beth'U] - 1 *
        [anti'Xa'U] - 1 *
        [todd'U] - 1 *
        [dye'U] - 1 *
        [smgy'U] - 1 *
        [bdsk'U] - 1 *
        [ka'U] - 1 *
        [knk'U] - 1 *
        [mclg'U] - 1 *
        [tb'U] - 1 *
        [CCID_50] - 1 *
        [TCID_50] - 1 *
        [EID_50] - 1 *
        [PFU] m 1 *
        [FFU] - 1 *
        [CFU] m 1 *
        [BAU] - 1 *
        [AU] - 1 *
        [Amb'a'1'U] - 1 *
        [PNU] - 1 *
        [Lf] - 1 *
        [D'ag'U] - 1 *
        [FEU] - 1 *
        [ELU] - 1 *
        [EU] - 1 *
        [IR] m 1 *
        [CIU] - 1 *
        """
}
