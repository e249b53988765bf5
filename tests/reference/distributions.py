"""Reference values of log densities, by mpmath with 40 digits, for tests/tests/distributions/values.rs.

    python3 tests/reference/distributions.py > tests/reference/distributions.txt

Arguments are those of the test's table (table.rs) and exact as doubles; so are the points. Continuous distributions are
tried at 200 points of their unconstrained line, spaced evenly in its asinh: from the middle to far tails. Counts are
tried at 200 integers that grow the same way, outcomes of a few at all. Vectors and matrices are tried at 70 points for each
list, 210 in all: their coordinates run through the same line in different orders. Needs a few seconds and little memory.
"""

from math import exp, floor, sinh

from mpmath import besseli, beta, cos, det, inf, inverse, log, log1p, loggamma, matrix, mp, mpf, pi, sqrt, tanh
from mpmath import exp as mexp

mp.dps = 40

REAL = [[-0.7, 1.3], [0.4, 2.5], [3.0, 3.25]]
POSITIVE = [[2.75, 1.3], [0.8, 3.5], [11.5, 0.6]]
UNIT = [0.3, 0.85, 0.02]
INT = [[3, 8], [5, 6], [12, 20]]
REALS = [[0.3, -1.2, 0.8], [2.0, 0.1, -0.4], [-0.6, -0.5, 3.0]]
POSITIVES = [[0.9, 2.25, 1.4], [3.0, 0.7, 5.5], [1.0, 1.0, 1.0]]
SIMPLEX = [[0.2, 0.5, 0.3], [0.75, 0.0625, 0.1875], [0.25, 0.25, 0.5]]
MATRIX = [[[2.0, 0.6], [0.6, 1.1]], [[0.5, -0.2], [-0.2, 0.3]], [[1.0, 0.0], [0.0, 1.0]]]
FACTOR = [[[1.4, 0.0], [0.5, 0.9]], [[0.7, 0.0], [-0.3, 0.4]], [[1.0, 0.0], [0.0, 1.0]]]
ORDERED = [[-0.8, 0.4, 1.9], [0.0, 0.5, 1.0], [-3.0, -2.5, 4.0]]


def softplus(x):
    return log1p(mexp(x)) if x < 0 else x + log1p(mexp(-x))


def lbeta(a, b):
    return loggamma(a) + loggamma(b) - loggamma(a + b)


def choose(n, k):
    return loggamma(n + 1) - loggamma(k + 1) - loggamma(n - k + 1)


def normal(x, mean, sd):
    return -((x - mean) / sd) ** 2 / 2 - log(sd) - log(2 * pi) / 2


def student_t(x, df, location, scale):
    z = (x - location) / scale
    return (loggamma((df + 1) / 2) - loggamma(df / 2) - log(pi * df) / 2 - log(scale)
            - (df + 1) / 2 * log1p(z * z / df))


def cauchy(x, median, scale):
    return -log(pi * scale) - log1p(((x - median) / scale) ** 2)


def gumbel(x, location, scale):
    z = (x - location) / scale
    return -z - mexp(-z) - log(scale)


def weibull(x, shape, scale):
    return log(shape / scale) + (shape - 1) * log(x / scale) - (x / scale) ** shape


def frechet(x, shape, scale):
    return log(shape / scale) - (shape + 1) * log(x / scale) - (x / scale) ** -shape


def gamma_rate(x, shape, rate):
    return shape * log(rate) - loggamma(shape) + (shape - 1) * log(x) - rate * x


def inverse_gamma(x, shape, scale):
    return shape * log(scale) - loggamma(shape) - (shape + 1) * log(x) - scale / x


def beta_density(x, a, b):
    return (a - 1) * log(x) + (b - 1) * log1p(-x) - lbeta(a, b)


def binomial(x, n, p):
    return choose(n, x) + x * log(p) + (n - x) * log1p(-p) if 0 <= x <= n else -inf


def binomial_logit(x, n, logit):
    return choose(n, x) - x * softplus(-logit) - (n - x) * softplus(logit) if 0 <= x <= n else -inf


def poisson(x, log_rate):
    return x * log_rate - mexp(log_rate) - loggamma(x + 1) if x >= 0 else -inf


def negative_binomial(x, log_mean, dispersion):
    if x < 0:
        return -inf
    total = mexp(log_mean) + dispersion
    return (loggamma(x + dispersion) - loggamma(dispersion) - loggamma(x + 1)
            + dispersion * (log(dispersion) - log(total)) + x * (log_mean - log(total)))


def ordered_logistic(x, eta, cuts):
    def cdf(c):
        return 1 / (1 + mexp(eta - c))
    below = cdf(cuts[x - 1]) if x > 0 else mpf(0)
    above = cdf(cuts[x]) if x < len(cuts) else mpf(1)
    return log(above - below)


def quadratic(x, mean, precision):
    z = matrix(x) - matrix(mean)
    return (z.T * precision * z)[0]


def multi_normal(x, mean, cov):
    cov = matrix(cov)
    return -quadratic(x, mean, inverse(cov)) / 2 - log(det(2 * pi * cov)) / 2


def multi_student_t(x, df, location, scale):
    n, scale = len(x), matrix(scale)
    return (loggamma((df + n) / 2) - loggamma(df / 2) - n * log(pi * df) / 2 - log(det(scale)) / 2
            - (df + n) / 2 * log1p(quadratic(x, location, inverse(scale)) / df))


def log_multigamma(n, a):
    return n * (n - 1) * log(pi) / 4 + sum(loggamma(a - mpf(i) / 2) for i in range(n))


def trace(m):
    return sum(m[i, i] for i in range(m.rows))


def wishart(x, df, scale):
    n, x, scale = len(x), matrix(x), matrix(scale)
    return ((df - n - 1) / 2 * log(det(x)) - trace(inverse(scale) * x) / 2 - df * n * log(2) / 2
            - df / 2 * log(det(scale)) - log_multigamma(n, df / 2))


def inverse_wishart(x, df, scale):
    n, x, scale = len(x), matrix(x), matrix(scale)
    return (df / 2 * log(det(scale)) - (df + n + 1) / 2 * log(det(x)) - trace(scale * inverse(x)) / 2
            - df * n * log(2) / 2 - log_multigamma(n, df / 2))


def lkj_constant(k, eta):
    """Lewandowski, Kurowicka and Joe (2009), equation 16."""
    return -sum((2 * eta - 2 + k - i) * (k - i) * log(2)
                + (k - i) * log(beta(eta + mpf(k - i - 1) / 2, eta + mpf(k - i - 1) / 2)) for i in range(1, k))


def lkj_corr(x, eta, k):
    return lkj_constant(k, eta) + (eta - 1) * log(det(matrix(x)))


def lkj_corr_cholesky(x, eta, k):
    jacobian = sum((k - 1 - i) * log(x[i][i]) for i in range(1, k))
    return lkj_constant(k, eta) + 2 * (eta - 1) * sum(log(x[i][i]) for i in range(1, k)) + jacobian


def dirichlet(x, a):
    return loggamma(sum(a)) + sum((a - 1) * log(x) - loggamma(a) for x, a in zip(x, a))


def multinomial(x, p, n):
    if sum(x) != n or min(x) < 0:
        return -inf
    return loggamma(n + 1) + sum(x * log(p) - loggamma(x + 1) for x, p in zip(x, p))


def dirichlet_multinomial(x, a, n):
    if sum(x) != n or min(x) < 0:
        return -inf
    return (loggamma(n + 1) + loggamma(sum(a)) - loggamma(n + sum(a))
            + sum(loggamma(x + a) - loggamma(x + 1) - loggamma(a) for x, a in zip(x, a)))


LINE, RAY, UNIT_INTERVAL, COUNT = "line", "ray", "unit", "count"

# Name, its parameters with the list each takes its argument from, where values lie, log density.
ROWS = [
    ("normal", "mean:real sd:positive", LINE, normal),
    ("half_normal", "sd:positive", RAY, lambda x, sd: normal(x, 0, sd) + log(2)),
    ("lognormal", "mean:real sd:positive", RAY, lambda x, m, s: normal(log(x), m, s) - log(x)),
    ("student_t", "df:positive location:real scale:positive", LINE, student_t),
    ("half_student_t", "df:positive scale:positive", RAY, lambda x, df, s: student_t(x, df, 0, s) + log(2)),
    ("cauchy", "median:real scale:positive", LINE, cauchy),
    ("half_cauchy", "scale:positive", RAY, lambda x, s: cauchy(x, 0, s) + log(2)),
    ("laplace", "location:real scale:positive", LINE, lambda x, m, s: -abs(x - m) / s - log(2 * s)),
    ("logistic", "location:real scale:positive", LINE,
     lambda x, m, s: -(x - m) / s - 2 * softplus(-(x - m) / s) - log(s)),
    ("gumbel", "location:real scale:positive", LINE, gumbel),
    ("exponential", "rate:positive", RAY, lambda x, r: log(r) - r * x),
    ("exponential", "scale:positive", RAY, lambda x, s: -log(s) - x / s),
    ("gamma", "shape:positive rate:positive", RAY, gamma_rate),
    ("gamma", "shape:positive scale:positive", RAY, lambda x, a, s: gamma_rate(x, a, 1 / s)),
    ("inverse_gamma", "shape:positive scale:positive", RAY, inverse_gamma),
    ("chi_squared", "df:positive", RAY, lambda x, df: gamma_rate(x, df / 2, mpf(1) / 2)),
    ("inverse_chi_squared", "df:positive", RAY, lambda x, df: inverse_gamma(x, df / 2, mpf(1) / 2)),
    ("beta", "a:positive b:positive", UNIT_INTERVAL, beta_density),
    ("beta_proportion", "mean:unit concentration:positive", UNIT_INTERVAL,
     lambda x, m, c: beta_density(x, m * c, (1 - m) * c)),
    ("weibull", "shape:positive scale:positive", RAY, weibull),
    ("frechet", "shape:positive scale:positive", RAY, frechet),
    ("rayleigh", "scale:positive", RAY, lambda x, s: log(x) - 2 * log(s) - (x / s) ** 2 / 2),
    ("pareto", "minimum:positive shape:positive", "pareto",
     lambda x, m, a: log(a) + a * log(m) - (a + 1) * log(x)),
    ("uniform", "lower:real upper:real", "interval", lambda x, a, b: -log(b - a)),
    ("von_mises", "location:real concentration:positive", "circle",
     lambda x, m, k: k * cos(x - m) - log(2 * pi * besseli(0, k))),
    ("bernoulli", "p:unit", "bool", lambda x, p: log(p) if x else log1p(-p)),
    ("bernoulli", "logit:real", "bool", lambda x, a: -softplus(-a if x else a)),
    ("binomial", "p:unit n:int", COUNT, lambda x, p, n: binomial(x, n, p)),
    ("binomial", "logit:real n:int", COUNT, lambda x, a, n: binomial_logit(x, n, a)),
    ("beta_binomial", "a:positive b:positive n:int", COUNT,
     lambda x, a, b, n: choose(n, x) + lbeta(x + a, n - x + b) - lbeta(a, b) if 0 <= x <= n else -inf),
    ("geometric", "p:unit", COUNT, lambda x, p: log(p) + x * log1p(-p) if x >= 0 else -inf),
    ("poisson", "rate:positive", COUNT, lambda x, r: poisson(x, log(r))),
    ("poisson", "log_rate:real", COUNT, poisson),
    ("negative_binomial", "mean:positive dispersion:positive", COUNT,
     lambda x, m, d: negative_binomial(x, log(m), d)),
    ("negative_binomial", "log_mean:real dispersion:positive", COUNT, negative_binomial),
    ("negative_binomial", "successes:positive p:unit", COUNT,
     lambda x, r, p: (loggamma(x + r) - loggamma(r) - loggamma(x + 1) + r * log(p) + x * log1p(-p)
                      if x >= 0 else -inf)),
    ("discrete_uniform", "lower:int upper:int", COUNT,
     lambda x, a, b: -log(b - a + 1) if a <= x <= b else -inf),
    ("ordered_logistic", "eta:real cuts:ordered", "outcomes", ordered_logistic),
    ("categorical", "p:simplex", "three", lambda x, p: log(p[x])),
    ("categorical", "logit:reals", "three", lambda x, a: a[x] - log(sum(map(mexp, a)))),
    ("uniform_index", "N:three", "three", lambda x, n: -log(n)),
    ("dirichlet", "a:positives", "simplex", dirichlet),
    ("multinomial", "p:simplex n:int", "counts", multinomial),
    ("dirichlet_multinomial", "a:positives n:int", "counts", dirichlet_multinomial),
    ("multi_normal", "mean:plane cov:matrix", "plane", multi_normal),
    ("multi_normal", "mean:plane chol:factor", "plane",
     lambda x, m, chol: multi_normal(x, m, matrix(chol) * matrix(chol).T)),
    ("multi_normal", "mean:plane precision:matrix", "plane",
     lambda x, m, precision: multi_normal(x, m, inverse(matrix(precision)))),
    ("multi_student_t", "df:positive location:plane scale:matrix", "plane", multi_student_t),
    ("wishart", "df:positive scale:matrix", "cov", wishart),
    ("inverse_wishart", "df:positive scale:matrix", "cov", inverse_wishart),
    ("lkj_corr", "eta:positive K:three", "corr", lkj_corr),
    ("lkj_corr_cholesky", "eta:positive K:three", "cholesky_corr", lkj_corr_cholesky),
]


def cholesky_corr(z):
    """The factor of the correlation matrix with these partial correlations."""
    a, b, c = z
    return [[mpf(1), mpf(0), mpf(0)], [a, sqrt(1 - a * a), mpf(0)],
            [b, c * sqrt(1 - b * b), sqrt(1 - b * b) * sqrt(1 - c * c)]]


def doubles(rows):
    return [[float(x) for x in row] for row in rows]


def symmetric(factor):
    """Rounded, with the same numbers on both sides of the diagonal."""
    rows = matrix(factor) * matrix(factor).T
    return [[float(rows[max(i, j), min(i, j)]) for j in range(rows.cols)] for i in range(rows.rows)]


def points_of_arrays(where):
    line = [sinh(-6 + 12 * step / 69) for step in range(70)]
    for step in range(70):
        q = [line[step], line[(23 * step + 11) % 70], line[(41 * step + 3) % 70]]
        if where == "plane":
            yield q[:2]
        elif where == "simplex":
            weights = [1.0, exp(q[0] / 8), exp(q[1] / 8)]
            yield [weight / sum(weights) for weight in weights]
        elif where == "cov":
            a, b, c = [mpf(q) / 64 for q in q]
            yield symmetric([[mexp(a), 0], [b, mexp(c)]])
        elif where == "corr":
            yield symmetric(cholesky_corr([tanh(mpf(q) / 128) for q in q]))
        else:
            yield doubles(cholesky_corr([tanh(mpf(q) / 32) for q in q]))


def counts(n):
    yield [n, -1, 1]
    yield [n, 1, 0]
    for first in range(n + 1):
        for second in range(n + 1 - first):
            yield [first, second, n - first - second]


def points(where, arguments):
    line = [sinh(-6 + 12 * step / 199) for step in range(200)]
    if where == LINE:
        return line
    if where == RAY:
        return [exp(q / 8) for q in line]
    if where == UNIT_INTERVAL:
        return [1 / (1 + exp(-q / 6)) for q in line]
    if where == "pareto":
        return [arguments[0] + exp(q / 8) for q in line]
    if where == "interval":
        return [arguments[0] + (arguments[1] - arguments[0]) * step / 199 for step in range(200)]
    if where == "circle":
        return [-3.14 + 6.28 * step / 199 for step in range(200)]
    if where == "bool":
        return [0, 1]
    if where == "outcomes":
        return [0, 1, 2, 3]
    if where == "three":
        return [0, 1, 2]
    if where == "counts":
        return counts(arguments[1])
    if where in ("plane", "simplex", "cov", "corr", "cholesky_corr"):
        return points_of_arrays(where)
    return [-1, *range(120), *(floor(120 * exp(step / 10)) for step in range(79))]


def arguments_of(name, parameters, list_number):
    lists = {"real": REAL, "positive": POSITIVE, "int": INT}
    used = {"real": 0, "positive": 0, "int": 0}
    values = []
    offset = {"beta_proportion": 6.0, "wishart": 2.0, "inverse_wishart": 2.0}.get(name, 0.0)
    whole = {"unit": UNIT, "ordered": ORDERED, "reals": REALS, "positives": POSITIVES, "simplex": SIMPLEX,
             "plane": [row[:2] for row in REALS], "matrix": MATRIX, "factor": FACTOR, "three": [3, 3, 3]}
    for parameter in parameters.split():
        kind = parameter.split(":")[1]
        if kind in lists:
            values.append(lists[kind][list_number][used[kind]] + (offset if kind == "positive" else 0))
            used[kind] += 1
        else:
            values.append(whole[kind][list_number])
    return values


def exact(value):
    if isinstance(value, list):
        return [exact(x) for x in value]
    return value if isinstance(value, int) else mpf(value)


def written(value):
    return " ".join(map(written, value)) if isinstance(value, list) else repr(value)


print("# Made by distributions.py: a distribution with its arguments, then points and log densities.")
for name, parameters, where, density in ROWS:
    for list_number in range(1 if name == "uniform_index" else 3):
        arguments = arguments_of(name, parameters, list_number)
        names = [parameter.split(":")[0] for parameter in parameters.split()]
        print(f"{name}({', '.join(f'{n} = {a!r}' for n, a in zip(names, arguments))})")
        for x in points(where, arguments):
            value = density(exact(x), *map(exact, arguments))
            print(written(x), "-inf" if value == -inf else mp.nstr(value, 25))
