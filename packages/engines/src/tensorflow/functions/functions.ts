// The table of compiled functions. A kind has a file, which builds the function and reads its outputs; the two that are read layer by layer share one.

import { ChunkFunction, type ChunkSignature } from './chunk.ts'
import {
  ApplyFunction,
  DifferentiateFunction,
  type ApplySignature,
  type DifferentiateSignature,
} from './differentiate.ts'
import { EndsFunction, type EndsSignature } from './ends.ts'
import { EvaluateFunction, type EvaluateSignature } from './evaluate.ts'
import { ExplainFunction, type ExplainSignature } from './explain.ts'
import { FlossFunction, type FlossSignature } from './floss.ts'
import { InspectFunction, type InspectSignature } from './inspect.ts'
import { ForwardFunction, type ForwardSignature } from './forward.ts'
import { ObserveFunction, type ObserveSignature } from './observe.ts'
import { PerLayerFunction, type PerLayerSignature } from './per_layer.ts'
import { PlaceFunction, type PlaceSignature } from './place.ts'
import { PredictFunction, type PredictSignature } from './predict.ts'
import { StepFunction, type StepSignature } from './step.ts'
import { TruncationBiasFunction, type TruncationBiasSignature } from './truncation_bias.ts'
import type { FunctionBuilder } from './builder.ts'

/** A kind of function, and every fact beside the program that decides its graph. TensorFlow's `tf.function` calls this an input signature. */
export type Signature =
  | StepSignature
  | DifferentiateSignature
  | ApplySignature
  | ForwardSignature
  | EvaluateSignature
  | ObserveSignature
  | InspectSignature
  | PerLayerSignature<'itemise'>
  | PerLayerSignature<'stretch'>
  | FlossSignature
  | PlaceSignature
  | PredictSignature
  | ExplainSignature
  | TruncationBiasSignature
  | ChunkSignature
  | EndsSignature

interface Functions {
  readonly step: StepFunction
  readonly differentiate: DifferentiateFunction
  readonly apply: ApplyFunction
  readonly forward: ForwardFunction
  readonly evaluate: EvaluateFunction
  readonly observe: ObserveFunction
  readonly inspect: InspectFunction
  readonly itemise: PerLayerFunction
  readonly stretch: PerLayerFunction
  readonly floss: FlossFunction
  readonly place: PlaceFunction
  readonly predict: PredictFunction
  readonly explain: ExplainFunction
  readonly bias: TruncationBiasFunction
  readonly chunk: ChunkFunction
  readonly ends: EndsFunction
}

type Kind = Signature['kind']
type SignatureOf<Name extends Kind> = Extract<Signature, { readonly kind: Name }>

/** The compiled function of a signature. */
export type CompiledFunction<Given extends Signature = Signature> = Functions[Given['kind']]

type Build<Name extends Kind> = new (builder: FunctionBuilder, signature: SignatureOf<Name>) => Functions[Name]

const FUNCTIONS: { readonly [Name in Kind]: Build<Name> } = {
  step: StepFunction,
  differentiate: DifferentiateFunction,
  apply: ApplyFunction,
  forward: ForwardFunction,
  evaluate: EvaluateFunction,
  observe: ObserveFunction,
  inspect: InspectFunction,
  itemise: PerLayerFunction,
  stretch: PerLayerFunction,
  floss: FlossFunction,
  place: PlaceFunction,
  predict: PredictFunction,
  explain: ExplainFunction,
  bias: TruncationBiasFunction,
  chunk: ChunkFunction,
  ends: EndsFunction,
}

/** Adds the function of a signature to a graph. */
export function buildFunction<Name extends Kind>(
  builder: FunctionBuilder,
  signature: SignatureOf<Name>,
): Functions[Name] {
  const Kind: Build<Name> = FUNCTIONS[signature.kind]
  return new Kind(builder, signature)
}
