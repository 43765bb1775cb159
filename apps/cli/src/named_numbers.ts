/** For `JSON.stringify`: JSON has no non-finite numbers. */
export function named(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}
