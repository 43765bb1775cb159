// A proof as it comes in a file: whoever changed the file may have written its digest anew, so that nothing in it is trusted.

import { isRecord } from '@unroll/contract'
import { FormatError } from '@unroll/formats'
import { FACTS } from '../facts.ts'
import type { Proof, ProofCase, ProofTensor } from './proof.ts'

type Texts = Readonly<Record<string, string>>

/** The proof in the texts of a file. @throws {FormatError} where there is none, or it is none of ours */
export function readProof(texts: Texts): Proof {
  const proof = readJson(texts, 'proof')
  if (!isRecord(proof)) throw new FormatError(`Cannot verify the file as it has no text "${FACTS.proof}"`)
  const { tolerance, cases } = proof
  if (typeof tolerance !== 'number' || !Array.isArray(cases)) throw refused('it must have a tolerance and cases')
  return { tolerance, cases: cases.map(checkCase) }
}

/** What a text of a file says; undefined where it is missing. @throws {FormatError} where it is not JSON */
export function readJson(texts: Texts, fact: keyof typeof FACTS): unknown {
  const json = texts[FACTS[fact]]
  try {
    return json === undefined ? undefined : (JSON.parse(json) as unknown)
  } catch (cause) {
    throw new FormatError(`Cannot verify the file as its text "${FACTS[fact]}" is not JSON`, { cause })
  }
}

function checkCase(proved: unknown, index: number): ProofCase {
  const at = `case ${index + 1}`
  if (!isRecord(proved)) throw refused(`${at} must be an object`)
  const [inputs, networkInputs, outputs] = ['inputs', 'network_inputs', 'outputs'].map((name) =>
    checkTensor(proved[name], `${name} of ${at}`, [2, 3]),
  ) as [ProofTensor, ProofTensor, ProofTensor]
  const [N = 0, T = 0] = inputs.shape
  const { lengths } = proved
  const isLength = (length: unknown) => Number.isInteger(length) && Number(length) >= 1 && Number(length) <= T
  if (!Array.isArray(lengths) || lengths.length !== N || !lengths.every(isLength))
    throw refused(`the lengths of ${at} must be ${N} numbers from 1 to ${T}`)
  const states = (name: string) => checkStates(proved[name], `${name} of ${at}`)
  return { lengths, inputs, network_inputs: networkInputs, outputs, initial: states('initial'), final: states('final') }
}

function checkStates(states: unknown, what: string): ProofCase['initial'] {
  if (!isRecord(states)) throw refused(`${what} must be an object`)
  const checked = Object.entries(states).map(([name, state]) => [
    name,
    checkTensor(state, `"${name}" of ${what}`, [2, 3]),
  ])
  return Object.fromEntries(checked) as ProofCase['initial']
}

function checkTensor(tensor: unknown, what: string, ranks: readonly number[]): ProofTensor {
  if (!isRecord(tensor)) throw refused(`${what} must be a tensor`)
  const { shape, dtype, data } = tensor
  if (!Array.isArray(shape) || !ranks.includes(shape.length) || !shape.every(isSize))
    throw refused(`the shape of ${what} must be ${ranks.join(' or ')} sizes`)
  if ((dtype !== 'F32' && dtype !== 'I32') || typeof data !== 'string')
    throw refused(`${what} must have numbers of F32 or I32`)
  const wanted = shape.reduce<number>((product, size) => product * size, 4)
  const bytes = Buffer.from(data, 'base64').length
  if (bytes !== wanted) throw refused(`${what} must have ${wanted} bytes: it has ${bytes}`)
  return { shape, dtype, data }
}

function isSize(size: unknown): size is number {
  return Number.isSafeInteger(size) && Number(size) >= 1
}

function refused(why: string): FormatError {
  return new FormatError(`Cannot verify the file as its proof cannot be read: ${why}`)
}
