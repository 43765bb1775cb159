#!/usr/bin/env bash
# optuna 5.0.0 (PyPI), TPESampler (the default) in a study whose trials can diverge.
#
# Behaviour: where a part of the search space gives NaN, the sampler is drawn into it: of the last 30 of 60 trials, all 30 go
# there, for every seed, and the best loss stays where the first trials left it. A trial that returns NaN is FAIL, and failed
# trials are left out of both densities that the sampler compares, so that the part where all fail looks untried for ever.
# With Infinity in place of NaN, 5 to 8 of 30 go there and the best loss is 50 times smaller or better.
# Expected: that a failing part is avoided, or at least not preferred. The page of BaseSampler says that failed trials are
# ignored, the FAQ that NaN does not stop the study; neither says where the search goes.
# For whom: whoever searches learning rates, whose upper end diverges. Remedy: return math.inf (or a large loss) for NaN.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet optuna==5.0.0
venv/bin/python - <<'PYTHON'
import math, optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
SEEDS, TRIALS, LAST, LIMIT = 5, 60, 30, 0.1

def search(seed, diverged):
    """How many of the last trials have a learning rate that diverges, and the best loss of all."""
    rates = []
    def objective(trial):
        rates.append(trial.suggest_float("learning_rate", 1e-5, 10, log=True))
        return (math.log10(rates[-1]) + 1.5) ** 2 if rates[-1] < LIMIT else diverged
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    study.optimize(objective, TRIALS)
    return sum(rate >= LIMIT for rate in rates[-LAST:]), study.best_value

for seed in range(SEEDS):
    (lost, poor), (fewer, good) = search(seed, math.nan), search(seed, math.inf)
    print(f"seed {seed}: NaN {lost} of {LAST} diverge, best loss {poor:.5f}; Infinity {fewer} of {LAST}, best loss {good:.5f}")
    assert lost == LAST and fewer < LAST / 2 and poor > 50 * good, (lost, fewer, poor, good)
print(f"optuna {optuna.__version__}: {2 * SEEDS} searches as described")
PYTHON
