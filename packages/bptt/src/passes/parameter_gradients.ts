// The gradients of all parameters of a layer, from what its pass backward makes at each step: one product or sum each over all steps.

import type { Cell, RecurrentBias } from '../cells/cell.ts'
import { matrix } from '../cells/connection.ts'
import { nameNormal } from '../cells/layer_norm.ts'
import { productGradient, projectBackward } from '../network/input.ts'
import { PROJECTED } from '../network/projection.ts'
import type { Ops, Series, SeriesByName } from '../ops/ops.ts'
import { joinRows } from '../ops/series.ts'
import { named, type Tensors } from '../ops/tensors.ts'
import type { LayerRun } from './layer_run.ts'

/** What a layer's pass backward makes. */
interface BackThroughSteps<X> {
  /** The layer's parameters, with what its cell makes of them. */
  readonly p: Tensors<X>
  /** Gradient of all pre-activations, [TN,gH]. */
  readonly dA: X
  /** Of what a projection makes at each step, [N,P]; undefined without one. */
  readonly dProjected: Series<X> | undefined
  /** Of what each place of a normalisation makes at each step, [N,kH] each. */
  readonly dNormalised: SeriesByName<X>
}

/** Σ_t of the gradients of all parameters of a layer, and that of the product of its inputs with Wx. */
export function parameterGradients<X>(
  ops: Ops<X>,
  cell: Cell,
  run: LayerRun<X>,
  { p, dA, dProjected, dNormalised }: BackThroughSteps<X>,
): { readonly gradients: Tensors<X>; readonly dProduct: X } {
  const dProduct = productGradient(ops, p, run.input, dA)
  const gradients = {
    ...weightGradients(ops, cell, run, { dA, dProduct }),
    ...projectionGradient(ops, run, dProjected),
    ...normaliserGradients(ops, cell, run, dNormalised),
    ...cell.dynamics?.gradients(ops, p, { saved: (name) => joinRows(ops, named(run.saved, name)), dA }),
  }
  return { gradients, dProduct }
}

/** Σ_t of each weight's gradient: one product, or sum, over all T·N rows. */
function weightGradients<X>(
  ops: Ops<X>,
  cell: Cell,
  run: LayerRun<X>,
  { dA, dProduct }: { readonly dA: X; readonly dProduct: X },
): Tensors<X> {
  return ops.scope(() => ({
    ...projectBackward(ops, cell, { input: run.input, dA, dProduct }),
    ...Object.fromEntries(
      cell.recurrent.map((weight) => {
        const { parameter, connection = matrix } = weight
        const left = joinRows(ops, named(run.saved, weight.left)) // [TN,H]
        return [parameter, connection.gradient(ops, left, addendGradient(ops, cell, run, { weight, dA }))]
      }),
    ),
    ...Object.fromEntries(
      (cell.recurrentBiases ?? []).map((weight) => [
        weight.parameter,
        ops.sumRows(addendGradient(ops, cell, run, { weight, dA })),
      ]),
    ),
  }))
}

/** Σ_t of the gradient of Wp, from that of what it makes at each step; none without a projection. */
function projectionGradient<X>(ops: Ops<X>, run: LayerRun<X>, dProjected: Series<X> | undefined): Tensors<X> {
  if (dProjected === undefined) return {}
  const m = joinRows(ops, named(run.saved, PROJECTED)) // [TN,H]
  return { Wp: ops.matMul(m, joinRows(ops, dProjected), { transposeA: true }) }
}

/** Σ_t of the gradients of each gain and bias of a normalisation, from those of what it makes of each place. */
function normaliserGradients<X>(
  ops: Ops<X>,
  { normalised = [] }: Cell,
  run: LayerRun<X>,
  dNormalised: SeriesByName<X>,
): Tensors<X> {
  const gradients = normalised.flatMap(({ gain, bias, places }) => {
    const of = Object.keys(places).map((place) => {
      const dn = joinRows(ops, named(dNormalised, place)) // [TN,kH]
      return {
        gain: ops.sumRows(ops.mul(dn, joinRows(ops, named(run.saved, nameNormal(place))))),
        bias: ops.sumRows(dn),
      }
    })
    return (['gain', 'bias'] as const).map((which) => {
      const parts = of.map((each) => each[which])
      return [{ gain, bias }[which], parts.length === 1 ? parts[0]! : ops.concat(parts, 0)] as const
    })
  })
  return Object.fromEntries(gradients)
}

/** The gradient, [TN,kH], of what a weight or a bias of the recurrence adds up to before it is scaled. */
function addendGradient<X>(
  ops: Ops<X>,
  cell: Cell,
  run: LayerRun<X>,
  { weight, dA }: { readonly weight: RecurrentBias<string, string>; readonly dA: X },
): X {
  const da = gateColumns(ops, cell, weight, dA)
  return weight.scaledBy === undefined ? da : ops.mul(da, joinRows(ops, named(run.saved, weight.scaledBy)))
}

/** The columns of dA [TN,gH] that belong to a weight's gates. */
function gateColumns<X>(ops: Ops<X>, cell: Cell, { gates }: Pick<RecurrentBias<string, string>, 'gates'>, dA: X): X {
  const g = cell.gates.length
  if (gates.length === g) return dA
  const H = ops.size(dA, 1) / g
  const before = cell.gates.findIndex((gate) => gates.includes(gate)) * H
  const own = gates.length * H
  const [, columns] = ops.split(dA, [before, own, g * H - before - own], 1)
  return columns
}
