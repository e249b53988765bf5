/* What a C program does with the library: arguments are a program and its data. Prints what it finds; ends with 1 at the
   first thing that is wrong. */
#include "ansatz.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(int holds, const char *what, char *error) {
  if (holds) return;
  fprintf(stderr, "%s: %s\n", what, error ? error : "no message");
  exit(1);
}

int main(int count, char **arguments) {
  char *error = NULL;
  must(count == 3, "a program and its data are taken", NULL);
  bs_model *model = ansatz_model_construct(arguments[1], "posterior", arguments[2], 1, &error);
  must(model != NULL, "construct", error);
  printf("%s: %s\n", bs_name(model), bs_param_names(model, true, false));
  int dimension = bs_param_unc_num(model);
  must(dimension == 10 && bs_param_num(model, false, false) == 10 && bs_param_num(model, true, true) == 18, "sizes", NULL);
  must(strcmp(bs_param_unc_names(model), "mu,tau,eta.1,eta.2,eta.3,eta.4,eta.5,eta.6,eta.7,eta.8") == 0, "names", NULL);
  must(bs_major_version == 2, "version", NULL);

  double position[10], gradient[10], hessian[100], vector[10] = {0}, product[10], values[18], back[10];
  for (int i = 0; i < 10; i++) position[i] = 0.3 * i - 1;
  double value, other;
  must(bs_log_density_gradient(model, true, true, position, &value, gradient, &error) == 0, "gradient", error);
  must(bs_log_density_hessian(model, true, true, position, &other, gradient, hessian, &error) == 0, "hessian", error);
  must(value == other, "one density", NULL);
  vector[1] = 1;
  must(bs_log_density_hessian_vector_product(model, false, true, position, vector, &other, product, &error) == 0,
       "product", error);
  for (int i = 0; i < 10; i++) must(product[i] == hessian[10 + i], "a product is a row", NULL);
  must(bs_log_density(model, true, false, position, &other, &error) == 0, "without Jacobians", error);
  must(fabs(value - other - position[1]) < 1e-12, "the Jacobian of tau is its coordinate", NULL);

  must(bs_param_constrain(model, true, false, position, values, NULL, &error) == 0, "constrain", error);
  must(fabs(values[17] - (values[0] + values[1] * values[9])) < 1e-12, "theta is tracked", NULL);
  must(bs_param_unconstrain(model, values, back, &error) == 0, "unconstrain", error);
  for (int i = 0; i < 10; i++) must(fabs(back[i] - position[i]) < 1e-12, "there and back", NULL);
  const char *json = "{\"mu\": 1, \"tau\": 1, \"eta\": [0, 0, 0, 0, 0, 0, 0, 0]}";
  must(bs_param_unconstrain_json(model, json, back, &error) == 0, "unconstrain_json", error);
  must(back[0] == 1 && back[1] == 0, "values in JSON", NULL);
  bs_rng *rng = bs_rng_construct(1, &error);
  must(rng != NULL, "rng", error);
  must(bs_param_initialize(model, "{\"mu\": 3}", rng, 2, 100, true, back, &error) == 0, "initialize", error);
  must(back[0] == 3, "what is given stays", NULL);
  bs_rng_destruct(rng);

  values[1] = -1;
  must(bs_param_unconstrain(model, values, back, &error) == -1 && error != NULL, "a negative tau is refused", NULL);
  printf("%s\n", error);
  bs_free_error_msg(error);
  error = NULL;
  must(ansatz_model_construct("model m { x ~ norml(0, 1) }\nlet p = m", NULL, "", 1, &error) == NULL, "a misprint", NULL);
  printf("%s\n", error);
  bs_free_error_msg(error);
  error = NULL;
  must(bs_model_construct(NULL, 1, &error) == NULL && strstr(error, "ANSATZ_PROGRAM"), "no program", NULL);
  bs_free_error_msg(error);
  bs_model_destruct(model);
  return 0;
}
