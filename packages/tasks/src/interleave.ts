/** Writes one row's [steps, width] numbers into a time-major [steps, N, width] array. */
export function interleave(
  row: ArrayLike<number>,
  into: Float32Array | Int32Array | Uint8Array,
  { n, N, width }: { n: number; N: number; width: number },
): void {
  const steps = row.length / width
  for (let t = 0; t < steps; t++) for (let w = 0; w < width; w++) into[(t * N + n) * width + w] = row[t * width + w]!
}
