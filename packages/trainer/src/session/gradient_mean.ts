import { mapTensors, type GradientReport, type HostTensor } from '@unroll/bptt'

type Gradients = GradientReport['gradients']

/** The gradient of the mean loss over all targets of some batches. */
export class GradientMean {
  batches: number = 0
  targets: number = 0
  loss: number = NaN
  gradNorm: number = NaN
  /** The share that a policy on timesteps has clipped; absent for any other. */
  clippedFraction: number | undefined
  #gradients: Gradients = {}

  /** Those of a single batch have its very bits. */
  get gradients(): Gradients {
    return this.#gradients
  }

  /** Adds the gradient of a batch, which is that of its mean over `targets`. */
  add({ loss, gradNorm, gradients, clippedFraction }: GradientReport, targets: number): void {
    const share = this.batches === 0 ? 1 : targets / (this.targets + targets || 1)
    this.batches += 1
    this.targets += targets
    this.clippedFraction = mix(this.clippedFraction ?? 0, clippedFraction, share)
    if (share === 1) {
      Object.assign(this, { loss, gradNorm })
      this.#gradients = gradients
      return
    }
    this.loss = mix(this.loss, loss, share)
    this.#gradients = mapTensors(this.#gradients, (mean, name) => mixTensors(mean, gradients[name]!, share))
    this.gradNorm = Math.sqrt(sumSquares(Object.values(this.#gradients)))
  }
}

/** (1 - share) a + share b; undefined where there is no b. */
function mix<B extends number | undefined>(a: number, b: B, share: number): B {
  return (b === undefined || share === 1 ? b : (1 - share) * a + share * b) as B
}

function mixTensors(a: HostTensor, b: HostTensor, share: number): HostTensor {
  return { shape: a.shape, data: a.data.map((value, i) => (1 - share) * value + share * b.data[i]!) }
}

function sumSquares(tensors: readonly HostTensor[]): number {
  let sum = 0
  for (const { data } of tensors) for (const value of data) sum += value * value
  return sum
}
