/** The default of `--url`. */
export function serviceUrl(): string {
  return process.env['UNROLL_URL'] || 'http://127.0.0.1:8080'
}
