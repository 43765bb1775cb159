import type { EvaluationReport } from '@unroll/contract'
import type { Artifacts } from './artifacts.ts'
import { collect, once } from './bytes.ts'
import { ArtifactNotFoundError } from './errors.ts'

function evaluationsKey(job: string): string {
  return `jobs/${job}/evaluations.json`
}

/** Keeps how a job that has ended answers what was held out. @throws {ArtifactWriteError} */
export async function writeEvaluations(
  artifacts: Artifacts,
  job: string,
  reports: readonly EvaluationReport[],
): Promise<void> {
  await artifacts.put(evaluationsKey(job), once(Buffer.from(JSON.stringify(reports))))
}

/** What was kept of a job; nothing where it has evaluated nothing. @throws {ArtifactReadError} */
export async function readEvaluations(artifacts: Artifacts, job: string): Promise<EvaluationReport[]> {
  try {
    return JSON.parse(String(await collect(await artifacts.get(evaluationsKey(job))))) as EvaluationReport[]
  } catch (error) {
    if (error instanceof ArtifactNotFoundError) return []
    throw error
  }
}
