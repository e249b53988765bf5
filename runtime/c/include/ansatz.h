#ifndef ANSATZ_H
#define ANSATZ_H

/* Made from runtime/c/src by cbindgen: `BLESS=1 cargo test --test header` makes it anew. */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/*
 A posterior with its data. Any number of threads may use one.
 */
typedef struct bs_model bs_model;

/*
 A stream of random numbers, for one thread at a time.
 */
typedef struct bs_rng bs_rng;

/*
 What a model prints would go there: models of this library print nothing, so that it is never called.
 */
typedef void (*STREAM_CALLBACK)(const char *data, size_t size);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 The version of BridgeStan whose functions these are.
 */
extern const int bs_major_version;

/*
 Its second number.
 */
extern const int bs_minor_version;

/*
 Its third number.
 */
extern const int bs_patch_version;

/*
 Makes a model of a program: its text, or the path of a file that ends in .anz; files that it uses lie below that file's
 folder. `posterior` is the name of one of its posteriors, or null where it has only one. `data` is the text of an object in
 JSON, the path of a file that ends in .json, or null. Gives null, and a message to be freed with bs_free_error_msg, if it
 cannot be made. The seed is not used: data are not random.

 # Safety
 The texts end with a zero byte or are null; `error_msg` is null or may be written to.
 */
struct bs_model *ansatz_model_construct(const char *program,
                                        const char *posterior,
                                        const char *data,
                                        unsigned int seed,
                                        char **error_msg);

/*
 Makes a model of the program that the environment names: ANSATZ_PROGRAM is the path of its file, ANSATZ_POSTERIOR the name
 of one of its posteriors, where it has several. The rest is as for ansatz_model_construct.

 # Safety
 As ansatz_model_construct.
 */
struct bs_model *bs_model_construct(const char *data,
                                    unsigned int seed,
                                    char **error_msg);

/*
 Destroys a model, and the texts that its functions gave.

 # Safety
 The model was made by this library, is not yet destroyed, and nobody uses it; or it is null.
 */
void bs_model_destruct(struct bs_model *m);

/*
 Frees a message that another function wrote.

 # Safety
 The message was written by this library and is not yet freed; or it is null.
 */
void bs_free_error_msg(char *error_msg);

/*
 Takes a function for what models print, which is nothing. Gives 0.

 # Safety
 `error_msg` is null or may be written to.
 */
int bs_set_print_callback(STREAM_CALLBACK callback, char **error_msg);

/*
 The name of the posterior. It belongs to the model, as all texts that functions give but messages.

 # Safety
 The model was made by this library and is not yet destroyed.
 */
const char *bs_name(const struct bs_model *m);

/*
 What made the model: name and version of the compiler.

 # Safety
 As bs_name.
 */
const char *bs_model_info(const struct bs_model *m);

/*
 The names of the values, separated by commas, indices from 1 and after a period each, the first index running fastest:
 those of the sites, then, where `include_tp`, of tracked values. There are no generated quantities.

 # Safety
 As bs_name.
 */
const char *bs_param_names(const struct bs_model *m,
                           bool include_tp,
                           bool include_gq);

/*
 The names of the coordinates, in their order, written in the same way.

 # Safety
 As bs_name.
 */
const char *bs_param_unc_names(const struct bs_model *m);

/*
 The number of values: of the sites, and, where `include_tp`, of tracked values.

 # Safety
 As bs_name.
 */
int bs_param_num(const struct bs_model *m, bool include_tp, bool include_gq);

/*
 The number of coordinates.

 # Safety
 As bs_name.
 */
int bs_param_unc_num(const struct bs_model *m);

/*
 Writes the values at coordinates, in the order of bs_param_names. The stream of random numbers may be null: nothing is drawn.

 # Safety
 The model was made by this library and is not yet destroyed; `theta_unc` has bs_param_unc_num numbers, `theta` room for
 bs_param_num; `error_msg` is null or may be written to.
 */
int bs_param_constrain(const struct bs_model *m,
                       bool include_tp,
                       bool include_gq,
                       const double *theta_unc,
                       double *theta,
                       struct bs_rng *rng,
                       char **error_msg);

/*
 Writes the coordinates of the sites' values, which are in the order of bs_param_names.

 # Safety
 As bs_param_constrain.
 */
int bs_param_unconstrain(const struct bs_model *m,
                         const double *theta,
                         double *theta_unc,
                         char **error_msg);

/*
 Writes the coordinates of the sites' values, an object in JSON.

 # Safety
 As bs_param_constrain; the text ends with a zero byte.
 */
int bs_param_unconstrain_json(const struct bs_model *m,
                              const char *json,
                              double *theta_unc,
                              char **error_msg);

/*
 Writes coordinates where the log density is finite: of the values that an object in JSON gives, which may be null, the
 others at random between -`init_radius` and `init_radius`, tried `max_tries` times.

 # Safety
 As bs_param_unconstrain_json; the stream was made by this library, and no other thread uses it.
 */
int bs_param_initialize(const struct bs_model *m,
                        const char *json,
                        struct bs_rng *rng,
                        double init_radius,
                        int max_tries,
                        bool jacobian,
                        double *theta_unc,
                        char **error_msg);

/*
 Writes the log density at coordinates, with the Jacobians of the sites' transforms where `jacobian`.

 # Safety
 The model was made by this library and is not yet destroyed; `theta_unc` has bs_param_unc_num numbers, `lp` room for one;
 `error_msg` is null or may be written to.
 */
int bs_log_density(const struct bs_model *m,
                   bool propto,
                   bool jacobian,
                   const double *theta_unc,
                   double *lp,
                   char **error_msg);

/*
 Writes the log density and its gradient.

 # Safety
 As bs_log_density; `val` has room for one number, `grad` for bs_param_unc_num.
 */
int bs_log_density_gradient(const struct bs_model *m,
                            bool propto,
                            bool jacobian,
                            const double *theta_unc,
                            double *val,
                            double *grad,
                            char **error_msg);

/*
 Writes the log density, its gradient and its second derivatives, exact, row by row.

 # Safety
 As bs_log_density_gradient; `hessian` has room for the square of bs_param_unc_num numbers.
 */
int bs_log_density_hessian(const struct bs_model *m,
                           bool propto,
                           bool jacobian,
                           const double *theta_unc,
                           double *val,
                           double *grad,
                           double *hessian,
                           char **error_msg);

/*
 Writes the log density and the product of its second derivatives, exact, with a vector.

 # Safety
 As bs_log_density_gradient; `vector` has bs_param_unc_num numbers, `hvp` room for as many.
 */
int bs_log_density_hessian_vector_product(const struct bs_model *m,
                                          bool propto,
                                          bool jacobian,
                                          const double *theta_unc,
                                          const double *vector,
                                          double *val,
                                          double *hvp,
                                          char **error_msg);

/*
 Makes a stream of random numbers, the same for the same seed.

 # Safety
 `error_msg` is null or may be written to.
 */
struct bs_rng *bs_rng_construct(unsigned int seed, char **error_msg);

/*
 Destroys a stream of random numbers.

 # Safety
 The stream was made by this library, is not yet destroyed, and nobody uses it; or it is null.
 */
void bs_rng_destruct(struct bs_rng *rng);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* ANSATZ_H */
