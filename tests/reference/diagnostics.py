"""Prints the figures that the tests of runtime/src/diagnostics compare with, to all digits.

    pip install arviz==0.23.4 numpy
    python tests/reference/diagnostics.py
"""

import warnings

import arviz as az
import numpy as np


def chains(length, count):
    """Sluggish draws that any program can compute exactly alike (runtime/src/diagnostics/testing.rs)."""
    out = np.zeros((count, length))
    for c in range(count):
        s, x = c + 1, 0.0
        for t in range(length):
            s = (1103515245 * s + 12345) % 2**31
            x = 0.6 * x + (s / 2**31 - 0.5)
            out[c, t] = x + (0.25 if c == count - 1 else 0.0)
    return out


def main():
    warnings.simplefilter("ignore")
    draws = chains(250, 4)
    print("bfmi", az.bfmi(chains(250, 1))[0])
    for name, figure in [
        ("rhat", lambda x: az.rhat(x)),
        ("ess_bulk", lambda x: az.ess(x, method="bulk")),
        ("ess_tail", lambda x: az.ess(x, method="tail")),
        ("ess_mean", lambda x: az.ess(x, method="mean")),
        ("ess_sd", lambda x: az.ess(x, method="sd")),
        ("mcse_mean", lambda x: az.mcse(x, method="mean")),
        ("mcse_sd", lambda x: az.mcse(x, method="sd")),
    ]:
        print(name, repr(float(figure(draws))))

    y = np.array([-1.0, -0.2, 0.0, 0.3, 0.8, 2.0])
    density = -0.5 * ((y - draws[..., None]) / 0.3) ** 2 - np.log(0.3) - 0.5 * np.log(2 * np.pi)
    data = az.from_dict(posterior={"x": draws}, log_likelihood={"y": density})
    loo = az.loo(data, pointwise=True, reff=0.7)
    print("loo", repr(float(loo.elpd_loo)), repr(float(loo.se)), repr(float(loo.p_loo)))
    print("pareto_k", [float(k) for k in loo.pareto_k.values])
    waic = az.waic(data)
    print("waic", repr(float(waic.elpd_waic)), repr(float(waic.se)), repr(float(waic.p_waic)))


main()
