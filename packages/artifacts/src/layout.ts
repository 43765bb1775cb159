/** The key of a data set's bytes. */
export function datasetKey(id: string): string {
  return `datasets/${id}`
}
