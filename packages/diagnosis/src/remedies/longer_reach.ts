import { isGated, type JobSpec } from '@unroll/contract'
import type { Remedy } from '../rule.ts'

const LEAST_CHRONO = 3

/** Changes that let the gradient reach back over `steps` time steps: gates that begin open for as long. */
export function longerReach({ model }: JobSpec, steps: number): Remedy[] {
  const wanted = Math.max(LEAST_CHRONO, steps)
  if (!isGated(model.cell)) return [memoryCell(model, wanted)]
  if (!('chrono_t_max' in model.init)) return []
  const { chrono_t_max: given } = model.init
  return [openGates(model, given === null ? wanted : Math.max(wanted, 2 * given))]
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
