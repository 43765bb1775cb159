import type { App } from '../types.ts'
import { health } from './health.ts'
import { prometheus } from './metrics.ts'
import { audit } from './v1/audit.ts'
import { catalogue } from './v1/catalogue.ts'
import { dataset } from './v1/datasets/_id.ts'
import { datasets } from './v1/datasets.ts'
import { gc } from './v1/gc.ts'
import { job } from './v1/jobs/_id.ts'
import { cancelPauseResume } from './v1/jobs/_id/cancel_pause_resume.ts'
import { checkpoint } from './v1/jobs/_id/checkpoints/_id.ts'
import { card } from './v1/jobs/_id/checkpoints/_id/card.ts'
import { content } from './v1/jobs/_id/checkpoints/_id/content.ts'
import { checkpoints } from './v1/jobs/_id/checkpoints.ts'
import { deliveries } from './v1/jobs/_id/deliveries.ts'
import { diagnosis } from './v1/jobs/_id/diagnosis.ts'
import { evaluations } from './v1/jobs/_id/evaluations.ts'
import { evaluation } from './v1/jobs/_id/evaluations/_id.ts'
import { events } from './v1/jobs/_id/events.ts'
import { flow } from './v1/jobs/_id/flow.ts'
import { metrics } from './v1/jobs/_id/metrics.ts'
import { summary } from './v1/jobs/_id/metrics/summary.ts'
import { predictions } from './v1/jobs/_id/predictions.ts'
import { matrix } from './v1/jobs/_id/matrix.ts'
import { probe } from './v1/jobs/_id/probe.ts'
import { replay } from './v1/jobs/_id/replay.ts'
import { replays } from './v1/jobs/_id/replays.ts'
import { replayed } from './v1/jobs/_id/replays/_id.ts'
import { fork } from './v1/jobs/_id/fork.ts'
import { retry } from './v1/jobs/_id/retry.ts'
import { stream } from './v1/jobs/_id/stream.ts'
import { trace } from './v1/jobs/_id/trace.ts'
import { jobs } from './v1/jobs.ts'
import { keys } from './v1/keys.ts'
import { key } from './v1/keys/_id.ts'
import { rotate } from './v1/keys/_id/rotate.ts'
import { limits } from './v1/limits.ts'
import { models } from './v1/models.ts'
import { model } from './v1/models/_name.ts'
import { modelCard } from './v1/models/_name/card.ts'
import { modelContent } from './v1/models/_name/content.ts'
import { modelPredictions } from './v1/models/_name/predictions.ts'
import { queue } from './v1/queue.ts'
import { pauseResumeQueue } from './v1/queue/pause_resume.ts'
import { session } from './v1/sessions/_id.ts'
import { forwardBackward } from './v1/sessions/_id/forward_backward.ts'
import { optimStep } from './v1/sessions/_id/optim_step.ts'
import { sampleSession } from './v1/sessions/_id/sample.ts'
import { saveSession } from './v1/sessions/_id/save.ts'
import { sessions } from './v1/sessions.ts'
import { sweeps } from './v1/sweeps.ts'
import { sweep } from './v1/sweeps/_id.ts'
import { cancelSweep } from './v1/sweeps/_id/cancel.ts'
import { taskSamples } from './v1/tasks/samples.ts'
import { upload } from './v1/uploads/_key.ts'
import { usage } from './v1/usage.ts'
import { weights } from './v1/weights.ts'
import { weightsFile } from './v1/weights/_id.ts'
import { workers } from './v1/workers.ts'
import { drain } from './v1/workers/_id/drain.ts'
import { undrain } from './v1/workers/_id/undrain.ts'

/** Every route of the API. The path of a file below `routes` is its URL; `_id` stands for an id, and a file of several verbs names them. */
const ROUTES: readonly ((app: App) => void)[] = [
  jobs,
  job,
  cancelPauseResume,
  retry,
  fork,
  evaluations,
  evaluation,
  replay,
  replays,
  replayed,
  predictions,
  trace,
  events,
  deliveries,
  metrics,
  summary,
  flow,
  stream,
  checkpoints,
  checkpoint,
  card,
  content,
  probe,
  matrix,
  diagnosis,
  sessions,
  session,
  forwardBackward,
  optimStep,
  sampleSession,
  saveSession,
  sweeps,
  sweep,
  cancelSweep,
  models,
  model,
  modelCard,
  modelContent,
  modelPredictions,
  weights,
  weightsFile,
  datasets,
  dataset,
  upload,
  workers,
  drain,
  undrain,
  queue,
  pauseResumeQueue,
  keys,
  key,
  rotate,
  limits,
  audit,
  usage,
  gc,
  catalogue,
  taskSamples,
  health,
  prometheus,
]

export async function routes(app: App): Promise<void> {
  for (const add of ROUTES) add(app)
}
