import { isGated, type JobSpec } from '@unroll/contract'
import type { Remedy } from '../rule.ts'
import { unitRadius } from './unit_radius.ts'

const LEAST_CHRONO = 3

/**
 * Changes that let the gradient reach back over `steps` time steps: weights that do not shrink it, where they were given a radius
 * below 1 and the activation does not shrink it either; else gates that begin open for as long.
 */
export function longerReach(spec: JobSpec, steps: number): Remedy[] {
  const { model } = spec
  const wanted = Math.max(LEAST_CHRONO, steps)
  if (!isGated(model.cell)) return [...(isShrinking(model) ? [keptLength(spec)] : []), memoryCell(model, wanted)]
  if (!('chrono_t_max' in model.init)) return []
  const { chrono_t_max: given } = model.init
  return [openGates(model, given === null ? wanted : Math.max(wanted, 2 * given))]
}

function isShrinking(model: JobSpec['model']): boolean {
  const { spectral_radius: radius } = model.init
  return 'activation' in model && ['identity', 'relu'].includes(model.activation) && radius !== null && radius < 1
}

function keptLength(spec: JobSpec): Remedy {
  return {
    advice:
      'Begin with recurrent weights of spectral radius 1: those of a smaller radius shrink the gradient at each step.',
    sections: unitRadius(spec),
  }
}

function memoryCell(
  {
    hidden_size,
    layers,
    hidden_sizes = null,
    residual = false,
    bidirectional = false,
    dropout,
    embedding_size,
    initial_state,
  }: JobSpec['model'],
  steps: number,
): Remedy {
  const init = { chrono_t_max: steps }
  const sizes = { hidden_size, layers, hidden_sizes, residual, bidirectional }
  return {
    advice: `Use an lstm whose gates begin open for up to ${steps} steps (chrono initialisation): the gradient passes its memory cell undiminished.`,
    sections: {
      model: { cell: 'lstm', ...sizes, dropout, embedding_size, initial_state, init } as JobSpec['model'],
    },
  }
}

function openGates(model: JobSpec['model'], steps: number): Remedy {
  const { forget_bias: _, ...init } = model.init as { forget_bias?: number }
  return {
    advice: `Begin with gates that keep what they hold for up to ${steps} steps (chrono initialisation).`,
    sections: { model: { ...model, init: { ...init, chrono_t_max: steps } } as JobSpec['model'] },
  }
}
