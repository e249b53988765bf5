"""What BridgeStan's own client finds: arguments are the library and its data; the environment names the program."""
import sys
import warnings

import bridgestan
import numpy as np

warnings.simplefilter("error", RuntimeWarning)  # a version that does not match
library, data = sys.argv[1:]
model = bridgestan.StanModel(library, data=data)
assert model.name() == "posterior" and model.model_info().startswith("Ansatz"), model.model_info()
assert model.param_num() == model.param_unc_num() == 10 and model.param_num(include_tp=True) == 18
assert model.param_names()[:3] == ["mu", "tau", "eta.1"] and model.param_names(include_tp=True)[-1] == "theta.8"

q = 0.3 * np.arange(10) - 1
value, gradient = model.log_density_gradient(q)
step = 1e-5 * np.eye(10)
differences = [(model.log_density(q + s) - model.log_density(q - s)) / 2e-5 for s in step]
assert np.allclose(gradient, differences, atol=1e-7)
_, _, hessian = model.log_density_hessian(q)
assert np.allclose(hessian, hessian.T) and np.linalg.eigvalsh(hessian)[0] < 0
_, product = model.log_density_hessian_vector_product(q, np.ones(10))
assert np.allclose(product, hessian.sum(axis=1))
assert np.isclose(value - model.log_density(q, jacobian=False), q[1])

values = model.param_constrain(q, include_tp=True)
assert np.isclose(values[1], np.exp(q[1])) and np.isclose(values[10], values[0] + values[1] * values[2])
assert np.allclose(model.param_unconstrain(values[:10]), q)
given = {"mu": 1.0, "tau": 1.0, "eta": np.zeros(8)}
assert np.allclose(model.param_unconstrain_json(given), [1] + 9 * [0])
start = model.param_initialize(model.new_rng(1), {"mu": 3.0})
assert start[0] == 3 and np.isfinite(model.log_density(start))
try:
    model.param_unconstrain(np.where(np.arange(10) == 1, -1.0, values[:10]))
except RuntimeError as error:
    assert "`tau` lies outside its support" in str(error), error
else:
    raise AssertionError("a negative tau is refused")
print("all of it agrees")
