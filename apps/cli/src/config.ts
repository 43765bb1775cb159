/** The variables of a call. */
export type Environment = Readonly<Record<string, string | undefined>>

export function readEnvironment(): Environment {
  return process.env
}

/** Where `npm start` has the service. */
export const DEFAULT_URL = 'http://127.0.0.1:8080'

/** The token of an MLflow server, in the variable of its own clients. */
export function mlflowToken(): string | undefined {
  return process.env['MLFLOW_TRACKING_TOKEN'] || undefined
}
