/** The key of a data set's bytes. */
export function datasetKey(id: string): string {
  return `datasets/${id}`
}

/** The key of uploaded weights. */
export function weightsKey(id: string): string {
  return `weights/${id}`
}

/** The key of a file of the state of a session. */
export function sessionKey(session: string, name: string): string {
  return `sessions/${session}/${name}`
}

/** The key of the model card of a version of a registered model. */
export function modelCardKey(version: string): string {
  return `models/${version}/card.md`
}

/** The key of the file that a job's first weights come from, its own copy. */
export function initialWeightsKey(job: string): string {
  return `jobs/${job}/initial_weights`
}

/** The folder of uploads that come in parts and are not complete. */
export const UPLOADS = 'uploads'

const OFFSET_DIGITS = 15

/** The folder of the parts of an upload. */
export function uploadFolder(key: string): string {
  return `${UPLOADS}/${key}`
}

/** The key of the part of an upload that starts at an offset. */
export function partKey(key: string, offset: number): string {
  return `${uploadFolder(key)}/${String(offset).padStart(OFFSET_DIGITS, '0')}`
}

/** The name of the upload that a part, or what it became, is of. */
export function readUploadName(key: string): string {
  return key.split('/')[1] ?? ''
}

/** The key of the id of the data set that an upload in parts became. */
export function outcomeKey(key: string): string {
  return `${uploadFolder(key)}/dataset`
}
