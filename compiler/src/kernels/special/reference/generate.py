"""Writes the reference tables beside this file, from mpmath (pip install mpmath; gmpy2 makes it quick).

Every table is plain text: '#' lines, then one point a line, columns separated by blanks. Arguments are
exact doubles; values are rounded from at least 40 correct digits. The incomplete integrals are summed
from their series of positive terms (DLMF 8.7.1 and 8.17.8), which none of the tested code evaluates in
the tails or near the mean; parameter derivatives are central differences at 150 digits and more.

    python3 generate.py            # all tables
    python3 generate.py bessel     # one of them
"""

import os
import random
import sys

from mpmath import mp, mpf, taylor

HERE = os.path.dirname(os.path.abspath(__file__))
mp.dps = 60


def number(value):
    """A decimal string that reads back as the nearest double; zero for what lies below 1e-320."""
    if mp.isnan(value):
        return "nan"
    if abs(value) < mpf(10) ** -320:
        return "0"
    return mp.nstr(value, 21, strip_zeros=True, min_fixed=-4, max_fixed=6)


def write(name, header, rows):
    with open(os.path.join(HERE, name + ".txt"), "w") as out:
        out.write("# " + header + "\n")
        for arguments, values in rows:
            cells = [repr(float(a)) for a in arguments] + [number(v) for v in values]
            out.write(" ".join(cells) + "\n")


def log_uniform(rng, low, high):
    return float(10 ** rng.uniform(low, high))


def gamma():
    rng = random.Random(1)
    points = [0.5, 1.0, 1.5, 2.0, 3.0, 1.4616321449683623, 1.46, 1e-10, 1e-300, 1e8, 1e300]
    points += [1.0 + s * log_uniform(rng, -12, -1) for s in (-1, 1) for _ in range(8)]
    points += [2.0 + s * log_uniform(rng, -12, -1) for s in (-1, 1) for _ in range(4)]
    points += [log_uniform(rng, -8, 1) for _ in range(60)] + [log_uniform(rng, 0, 12) for _ in range(60)]
    points += [-rng.uniform(0.0, 30.0) for _ in range(50)] + [-0.5, -1.5, -100.25, -1e-9]
    orders = [0, 1, 2, 3, 4, 7, 20]

    def row(x):
        x = mpf(x)
        return [mp.log(abs(mp.gamma(x))) if x < 1e9 else mp.loggamma(x)] + [mp.psi(n, x) for n in orders]

    write("gamma", "x lgamma polygamma of order 0 1 2 3 4 7 20", [([x], row(x)) for x in points])


def beta():
    rng = random.Random(2)
    points = [(1e8, 3.0), (3.0, 1e8), (1e15, 1e-5), (1e-9, 1e-9), (1e-9, 5.0), (1.0, 1.0), (0.5, 0.5), (1e10, 1e10)]
    points += [(log_uniform(rng, -6, 8), log_uniform(rng, -6, 8)) for _ in range(190)]

    def row(a, b):
        a, b = mpf(a), mpf(b)
        with mp.workdps(80):
            lbeta = mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)
            ratio = mp.loggamma(a + b) - mp.loggamma(a)
            return [lbeta, ratio] + [mp.psi(n, a + b) - mp.psi(n, a) for n in (0, 1, 2)]

    write("beta", "a b lbeta(a,b) lgamma(a+b)-lgamma(a) and the same of polygamma 0 1 2",
          [(p, row(*p)) for p in points])


def error():
    rng = random.Random(3)
    points = [0.0, 1e-300, 1e-10, -1e-10, 0.5, -0.5, 26.0, -26.0, 37.5, -37.5, 8.0, -8.3, -100.0, -1e5, 1e5, 30.0]
    points += [rng.uniform(-38.0, 26.0) for _ in range(80)] + [rng.uniform(-6.0, 6.0) for _ in range(100)]

    def log_cdf(x):
        tail = mp.erfc(abs(x) / mp.sqrt(2)) / 2
        return mp.log(tail) if x < 0 else mp.log1p(-tail)

    def row(x):
        x = mpf(x)
        erfcx = mp.exp(x * x) * mp.erfc(x) if x > -26.6 else mp.nan
        with mp.workdps(120 + int(min(x * x, 900)) if x > 0 else 120):
            derivatives = [mp.factorial(k) * c for k, c in enumerate(taylor(log_cdf, x, 4, method="step"))]
        return [mp.erf(x), mp.erfc(x), erfcx, mp.ncdf(x)] + derivatives

    write("error", "x erf erfc erfcx Phi and log Phi with its derivatives of order 1 2 3 4",
          [([x], row(x)) for x in points])


def normal_quantile():
    rng = random.Random(4)
    points = [0.5, 0.075, 0.925, 0.25, 5e-324, 1e-300, 1e-20, 1.0 - 2.0 ** -53, 0.5 + 2.0 ** -53, 0.5 - 2.0 ** -54]
    points += [rng.random() for _ in range(80)] + [log_uniform(rng, -307, -1) for _ in range(50)]
    points += [1.0 - log_uniform(rng, -15, -1) for _ in range(30)]
    points += [0.5 + s * log_uniform(rng, -16, -1) for s in (-1, 1) for _ in range(15)]

    def row(p):
        p = mpf(p)
        if p == 0.5:
            return [mpf(0)]
        if 0.01 < p:
            return [mp.sqrt(2) * mp.erfinv(2 * p - 1)]
        guess = -mp.sqrt(-2 * mp.log(p))
        guess = -mp.sqrt(-2 * mp.log(p) - mp.log(-2 * mp.pi * 2 * mp.log(p)))
        return [mp.findroot(lambda x: mp.log(mp.ncdf(x)) - mp.log(p), guess)]

    write("normal_quantile", "p inverse of Phi", [([p], row(p)) for p in points])


# Central differences of order 0 to 4 on the points -2 .. 2, in units of the step.
STENCILS = [[0, 0, 1, 0, 0], [0, -0.5, 0, 0.5, 0], [0, 1, -2, 1, 0], [-0.5, 1, 0, -1, 0.5], [1, -4, 6, -4, 1]]


def gamma_tails(a, x):
    """(P, Q), from x^a e^-x / Gamma(a+1) * sum of x^k / (a+1)_k."""
    term = total = mpf(1)
    k = mpf(a)
    while term > total * mpf(10) ** -(mp.dps - 5) or k < x:
        k += 1
        term *= x / k
        total += term
    lower = mp.exp(a * mp.log(x) - x - mp.loggamma(a + 1)) * total
    return lower, 1 - lower


def gamma_derivatives(a, x, order):
    """Derivatives of P in a, from its values on five points."""
    step = a * mpf(10) ** -25
    values = [gamma_tails(a + i * step, x)[0] for i in range(-2, 3)]
    return [sum(u * v for u, v in zip(STENCILS[n], values)) / step**n for n in range(1, order + 1)]


def gamma_incomplete():
    rng = random.Random(5)
    points = [(1e-10, 0.5), (1e-10, 1e-8), (1e-6, 3.0), (0.5, 1e-12), (0.1, 700.0), (1.0, 1e-9), (1.0, 700.0), (30.0, 30.0),
              (1e4, 1e4), (1e6, 1e6), (1e8, 1e8), (1e6, 9.9e5), (1e6, 1.02e6)]
    while len(points) < 210:
        a = log_uniform(rng, -3, 5)
        z = rng.uniform(-6, 6) if rng.random() < 0.6 else rng.uniform(-36, 36)
        cube = 1 - 1 / (9 * a) + z / (3 * a**0.5)
        x = a * cube**3 if cube > 0 else a * log_uniform(rng, -9, 0)
        if x > 0:
            points.append((a, float(x)))

    def row(a, x):
        a, x = mpf(a), mpf(x)
        with mp.workdps(400):
            lower, upper = gamma_tails(a, x)
        digits = int(-mp.log10(min(lower, upper)))
        if digits > 304:
            return None
        with mp.workdps(digits + 150):
            derivatives = gamma_derivatives(a, x, 4)
        return [lower, upper, mp.log(lower), mp.log(upper)] + derivatives

    rows = [(p, row(*p)) for p in points]
    rows = [r for r in rows if r[1]]
    write("gamma_incomplete", "a x P Q log_P log_Q and the derivatives of P in a of order 1 2 3 4", rows)


def beta_tails(a, b, x):
    """(I, 1 - I), from x^a y^b / (a B) * sum of (a+b)_n x^n / (a+1)_n for the smaller argument."""
    if x > 0.5:
        upper, lower = beta_tails(b, a, 1 - x)
        return lower, upper
    term = total = mpf(1)
    n = mpf(0)
    while term > total * mpf(10) ** -(mp.dps - 5) or (a + b + n) * x > a + n:
        n += 1
        term *= (a + b + n - 1) / (a + n) * x
        total += term
    log_beta = mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)
    lower = mp.exp(a * mp.log(x) + b * mp.log(1 - x) - log_beta) / a * total
    return lower, 1 - lower


def beta_derivatives(a, b, x, orders):
    """Mixed derivatives of I in a and b, from its values on a grid of five by five points."""
    step_a, step_b = a * mpf(10) ** -25, b * mpf(10) ** -25
    grid = [[beta_tails(a + i * step_a, b + j * step_b, x)[0] for j in range(-2, 3)] for i in range(-2, 3)]
    total = lambda p, q: sum(u * v * grid[i][j] for i, u in enumerate(STENCILS[p]) for j, v in enumerate(STENCILS[q]))
    return [total(p, q) / (step_a**p * step_b**q) for p, q in orders]


def beta_incomplete():
    rng = random.Random(6)
    points = [(0.5, 0.5, 0.3), (1e-8, 2.0, 0.4), (2.0, 1e-8, 0.7), (1e-6, 1e-6, 0.9), (1e5, 1e5, 0.5), (1e5, 1e5, 0.495),
              (1e6, 3.0, 0.999998), (3.0, 1e6, 2e-6), (0.2, 1e4, 1e-5), (1e4, 0.2, 0.9999), (1.0, 1.0, 0.25), (0.5, 0.01, 0.97),
              (10.0, 1e-9, 0.75), (300.0, 0.5, 0.5)]
    while len(points) < 210:
        a, b = log_uniform(rng, -2.5, 4.5), log_uniform(rng, -2.5, 4.5)
        mean, spread = a / (a + b), (a * b / (a + b + 1)) ** 0.5 / (a + b)
        if rng.random() < 0.7:
            x = mean + rng.uniform(-8, 8) * spread
        else:
            x = 1 / (1 + (b / a) * 10 ** rng.uniform(-2, 2))
        if 1e-12 < x < 1 - 1e-12:
            points.append((a, b, x))
    orders = [(1, 0), (0, 1), (2, 0), (1, 1), (0, 2), (3, 0), (2, 1), (1, 2), (0, 3), (2, 2)]

    def row(a, b, x):
        a, b, x = mpf(a), mpf(b), mpf(x)
        with mp.workdps(400):
            lower, upper = beta_tails(a, b, x)
        digits = int(-mp.log10(min(lower, upper)))
        if digits > 304:
            return None
        with mp.workdps(digits + 150):
            derivatives = beta_derivatives(a, b, x, orders)
        return [lower, upper] + derivatives

    rows = [(p, row(*p)) for p in points]
    rows = [r for r in rows if r[1]]
    header = "a b x I 1-I and derivatives in a, b of orders " + " ".join(f"{i},{j}" for i, j in orders)
    write("beta_incomplete", header, rows)


def bessel():
    rng = random.Random(7)
    points = [1e-300, 1e-8, 1e-3, 0.1, 0.99, 1.01, 2.0, 19.9, 20.1, 30.0, 700.0, 1e6, 1e12]
    points += [log_uniform(rng, -4, 1.5) for _ in range(140)] + [log_uniform(rng, 0, 6) for _ in range(50)]

    def ratio(x):
        return mp.besseli(1, x) / mp.besseli(0, x)

    def row(x):
        with mp.workdps(60):
            x = mpf(x)
            log_i0 = mp.log(mp.besseli(0, x))
            log_i1 = mp.log(mp.besseli(1, x))
        with mp.workdps(150):
            r0 = ratio(x)
            # Riccati: r' = 1 - r/x - r^2, differentiated.
            r1 = 1 - r0 / x - r0**2
            r2 = r0 / x**2 - r1 / x - 2 * r0 * r1
            r3 = -2 * r0 / x**3 + 2 * r1 / x**2 - r2 / x - 2 * r1**2 - 2 * r0 * r2
        if x < mpf(10) ** -100:
            r1, r2, r3 = mpf(1) / 2, -3 * x / 8, -mpf(3) / 8
        return [log_i0, log_i1, mp.exp(log_i0 - x), mp.exp(log_i1 - x), r0, r1, r2, r3]

    write("bessel", "x log_I0 log_I1 I0*exp(-x) I1*exp(-x) ratio I1/I0 and its derivatives of order 1 2 3",
          [([x], row(x)) for x in points])


def von_mises():
    rng = random.Random(8)
    points = [(0.0, 1.0), (-3.0, 0.0), (1.0, 1e-6), (3.0, 2.0), (-0.01, 1e4), (-0.3, 50.0)]
    while len(points) < 120:
        kappa = log_uniform(rng, -2, 4)
        points.append((rng.uniform(-1, 1) * min(3.14, 12 / kappa**0.5), kappa))

    def row(t, kappa):
        end, kappa = -abs(mpf(t)), mpf(kappa)
        with mp.workdps(40):
            width = 6 / mp.sqrt(kappa + 1)
            cuts = [-mp.pi] + [end - k * width for k in (4, 2, 1, mpf(1) / 3) if end - k * width > -mp.pi] + [end]
            mean = mp.besseli(1, kappa) / mp.besseli(0, kappa)
            slope = mpf(1) / 2 if kappa == 0 else 1 - mean / kappa - mean**2
            total = 2 * mp.pi * mp.besseli(0, kappa)

            def moment(k):
                return mp.quad(lambda s: (mp.cos(s) - mean) ** k * mp.exp(kappa * mp.cos(s)), cuts) / total

            lower, first = moment(0), moment(1)
            second = moment(2) - slope * lower
        return [1 - lower, -first, -second] if t > 0 else [lower, first, second]

    write("von_mises", "t kappa F and its derivatives in kappa of order 1 2", [(p, row(*p)) for p in points])


if __name__ == "__main__":
    tables = [gamma, beta, error, normal_quantile, gamma_incomplete, beta_incomplete, bessel, von_mises]
    chosen = sys.argv[1:]
    for table in tables:
        if not chosen or table.__name__ in chosen:
            table()
