/** The program that writes an offline run with the client of W&B: the folder is its argument, the run and its rows are lines of JSON. */
export const WRITE_OFFLINE_RUN = `
import json, os, sys

os.environ |= {"WANDB_MODE": "offline", "WANDB_SILENT": "true", "WANDB_ERROR_REPORTING": "false"}
try:
    import wandb
except ImportError as error:
    sys.exit(str(error))

head = json.loads(sys.stdin.readline())
own = wandb.Settings(
    mode="offline", root_dir=sys.argv[1], console="off", silent=True, disable_git=True, disable_code=True,
    x_disable_stats=True, x_disable_meta=True,
)
run = wandb.init(
    dir=sys.argv[1], project=head["project"], id=head["id"], name=head["name"], config=head["config"], settings=own,
)
for line in sys.stdin:
    row = json.loads(line)
    values = {name: float(value) for name, value in row["numbers"].items()}
    values |= {name: [float(norm) for norm in norms] for name, norms in row["lists"].items()}
    values |= {name: wandb.Histogram(np_histogram=(counts, edges)) for name, (counts, edges) in row["histograms"].items()}
    run.log(values | {"_timestamp": row["time"]}, step=row["step"])
run.finish()
print(run.dir.removesuffix("/files"))
`
