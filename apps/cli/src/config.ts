/** The default of `--url`. */
export function serviceUrl(): string {
  return process.env['UNROLL_URL'] || 'http://127.0.0.1:8080'
}

/** The key of the service. */
export function apiKey(): string | undefined {
  return process.env['UNROLL_API_KEY'] || undefined
}

/** The token of an MLflow server, in the variable of its own clients. */
export function mlflowToken(): string | undefined {
  return process.env['MLFLOW_TRACKING_TOKEN'] || undefined
}
