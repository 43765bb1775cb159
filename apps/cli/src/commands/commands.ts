import type { AnyCommand } from '../command.ts'
import { completion, ids } from './completion.ts'
import { listContexts, login, logout, useContext } from './contexts.ts'
import { datasets, deleteDataset, showDataset } from './datasets.ts'
import { deliveries } from './deliveries.ts'
import { doctor } from './doctor.ts'
import { diagnose } from './diagnose.ts'
import { compare } from './compare.ts'
import { checkpoints } from './checkpoints.ts'
import { evaluate, evaluation } from './evaluation.ts'
import { logs } from './logs.ts'
import { exportRun } from './export.ts'
import { fork } from './fork.ts'
import { flow, probe } from './flow.ts'
import { list, show } from './jobs.ts'
import { metrics } from './metrics.ts'
import { cancel, keep, pause, remove, resume, retry, unkeep, update } from './control.ts'
import { gc, usage } from './storage.ts'
import { alias, deleteModel, models, register } from './models.ts'
import { replay } from './replay.ts'
import { report } from './report.ts'
import { audit, createKey, keys, limits, revokeKey, rotateKey } from './keys.ts'
import { predict } from './predict.ts'
import { showTask, tasks } from './tasks.ts'
import { trace } from './trace.ts'
import { summary } from './summary.ts'
import { submit } from './submit.ts'
import { cancelSweep, deleteSweep, showSweep, sweep, sweeps } from './sweeps.ts'
import { upload } from './upload.ts'
import { verify } from './verify.ts'
import { watch } from './watch.ts'
import { deleteWeights, uploadWeights, weights } from './weights.ts'
import { drain, pauseQueue, queue, resumeQueue, undrain, workers } from './fleet.ts'

/** Every command, in the order of the help. */
export const COMMANDS: Readonly<Record<string, AnyCommand>> = {
  submit,
  list,
  show,
  watch,
  compare,
  cancel,
  pause,
  resume,
  retry,
  fork,
  update,
  keep,
  unkeep,
  delete: remove,
  metrics,
  flow,
  probe,
  summary,
  diagnose,
  evaluation,
  evaluate,
  predict,
  trace,
  replay,
  logs,
  deliveries,
  checkpoints,
  export: exportRun,
  report,
  verify,
  register,
  models,
  alias,
  'delete-model': deleteModel,
  'upload-weights': uploadWeights,
  weights,
  'delete-weights': deleteWeights,
  sweep,
  sweeps,
  'show-sweep': showSweep,
  'cancel-sweep': cancelSweep,
  'delete-sweep': deleteSweep,
  upload,
  tasks,
  'show-task': showTask,
  datasets,
  'show-dataset': showDataset,
  'delete-dataset': deleteDataset,
  workers,
  drain,
  undrain,
  queue,
  'pause-queue': pauseQueue,
  'resume-queue': resumeQueue,
  'create-key': createKey,
  keys,
  'rotate-key': rotateKey,
  'revoke-key': revokeKey,
  limits,
  audit,
  usage,
  gc,
  doctor,
  login,
  logout,
  'context list': listContexts,
  'context use': useContext,
  completion,
  ids,
}
