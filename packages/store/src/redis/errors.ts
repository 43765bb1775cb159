import { UnrollError } from '@unroll/contract'

export function noSuchJob(id: string): UnrollError {
  return new UnrollError('JOB_NOT_FOUND', `Cannot find job "${id}"`)
}

export function noSuchDataset(id: string): UnrollError {
  return new UnrollError('DATASET_NOT_FOUND', `Cannot find data set "${id}"`)
}

export function noSuchModel(name: string): UnrollError {
  return new UnrollError('MODEL_NOT_FOUND', `Cannot find model "${name}"`)
}

export function noSuchWeights(id: string): UnrollError {
  return new UnrollError('WEIGHTS_NOT_FOUND', `Cannot find weights "${id}"`)
}

export function noSuchSession(id: string): UnrollError {
  return new UnrollError('SESSION_NOT_FOUND', `Cannot find session "${id}"`)
}

export function noSuchSweep(id: string): UnrollError {
  return new UnrollError('SWEEP_NOT_FOUND', `Cannot find sweep "${id}"`)
}
