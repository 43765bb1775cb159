// What is shown of each cell: apart from its facts, which programs load that show no equation.

import type { CellName } from './model.ts'

/** The equations of a cell for some of its options, which differ by them. */
export interface CellForm {
  /** Values of fields of `model`; empty where the equations are always these. */
  readonly options: Readonly<Record<string, string>>
  /** LaTeX, one equation each, in the order of their computation. */
  readonly latex: readonly string[]
}

export interface CellEquations {
  /** What lectures and text books call the cell. */
  readonly lecture_name: string
  /** What differs between authors, and which of it holds here. */
  readonly convention: string
  readonly forms: readonly CellForm[]
}

const Z_OF_THE_NEW = String.raw`The update gate multiplies the new value: h = z * candidate + (1 - z) * old. PyTorch, Keras and ONNX multiply the old value by their z, which is 1 - z of this one.`
const CANDIDATE = String.raw`\tilde c_t = \tanh(W_c [x_t, h_{t-1}] + b_c)`
const CELL_STATE = String.raw`c_t = z_u \odot \tilde c_t + z_f \odot c_{t-1}`
const OUTPUT = String.raw`h_t = z_o \odot \tanh(c_t)`

/** A gate that reads x_t, the state and, beside them, what is given. */
function gate(name: string, state: string, besides = ''): string {
  return String.raw`z_${name} = \sigma(W_${name} [x_t, ${state}]${besides} + b_${name})`
}

/** The equations of docs/math/notation.md in LaTeX. `[a, b]` is the stacked column, `\odot` the product of elements. */
export const EQUATIONS: Readonly<Record<CellName, CellEquations>> = {
  rnn: {
    lecture_name: 'RNN unit (Elman network)',
    convention: 'f is tanh unless `activation` names another function.',
    forms: [{ options: {}, latex: [String.raw`h_t = f(W_h [x_t, h_{t-1}] + b_h)`] }],
  },
  gru_simple: {
    lecture_name: 'GRU (simplified)',
    convention: Z_OF_THE_NEW,
    forms: [
      {
        options: {},
        latex: [
          String.raw`\tilde c_t = \tanh(W_c [x_t, c_{t-1}] + b_c)`,
          gate('u', 'c_{t-1}'),
          String.raw`c_t = z_u \odot \tilde c_t + (1 - z_u) \odot c_{t-1}`,
          String.raw`h_t = c_t`,
        ],
      },
    ],
  },
  gru: {
    lecture_name: 'Full GRU',
    convention: `${Z_OF_THE_NEW} The relevance gate, called reset gate elsewhere, acts before the recurrent product unless \`reset\` is "after", as in PyTorch, Keras and cuDNN.`,
    forms: [
      gruForm('before', String.raw`\tilde c_t = \tanh(W_c [x_t, z_r \odot c_{t-1}] + b_c)`),
      gruForm('after', String.raw`\tilde c_t = \tanh(W_{cx} x_t + b_c + z_r \odot (W_{ch} c_{t-1} + b_m))`),
    ],
  },
  lstm: {
    lecture_name: 'LSTM',
    convention: 'The update gate is the input gate of PyTorch and Keras. No gate reads the memory cell.',
    forms: [
      {
        options: {},
        latex: [CANDIDATE, ...['u', 'f', 'o'].map((name) => gate(name, 'h_{t-1}')), CELL_STATE, OUTPUT],
      },
    ],
  },
  lstm_peephole: {
    lecture_name: 'LSTM with peephole connections',
    convention:
      'Update and forget gates read c_{t-1}, the output gate reads c_t. With `peephole: "full"` each gate reads the whole memory cell by a matrix P, as lectures write it with [h_{t-1}, x_t, c_{t-1}]; with "diagonal" each unit reads its own memory cell alone by a vector p (Gers and Schmidhuber 2000).',
    forms: [
      peepholeForm('full', (name) => `P_${name}`),
      peepholeForm('diagonal', (name) => String.raw`p_${name} \odot`),
    ],
  },
  indrnn: {
    lecture_name: 'Independently recurrent network (IndRNN)',
    convention: 'The recurrent weight u is a vector: each unit reads its own past alone (Li et al. 2018).',
    forms: [{ options: {}, latex: [String.raw`h_t = \mathrm{relu}(W_x x_t + u \odot h_{t-1} + b)`] }],
  },
  min_gru: {
    lecture_name: 'Minimal GRU (minGRU)',
    convention: `${Z_OF_THE_NEW} Neither gate nor candidate reads the past (Feng et al. 2024).`,
    forms: [
      {
        options: {},
        latex: [
          String.raw`z_t = \sigma(W_z x_t + b_z)`,
          String.raw`\tilde h_t = W_h x_t + b_h`,
          String.raw`h_t = (1 - z_t) \odot h_{t-1} + z_t \odot \tilde h_t`,
        ],
      },
    ],
  },
  min_lstm: {
    lecture_name: 'Minimal LSTM (minLSTM)',
    convention:
      'Both gates are divided by their sum, so that the state is a weighted mean of what it was and the candidate. Neither gate nor candidate reads the past (Feng et al. 2024).',
    forms: [
      {
        options: {},
        latex: [
          String.raw`z_u = \sigma(W_u x_t + b_u)`,
          String.raw`z_f = \sigma(W_f x_t + b_f)`,
          String.raw`\tilde h_t = W_h x_t + b_h`,
          String.raw`h_t = \frac{z_f}{z_u + z_f} \odot h_{t-1} + \frac{z_u}{z_u + z_f} \odot \tilde h_t`,
        ],
      },
    ],
  },
  lru: {
    lecture_name: 'Linear recurrent unit (LRU)',
    convention:
      'The state s is complex, and h reads its real part after C; unit by unit |λ| = exp(-e^ν) stays below 1. The source (Orvieto et al. 2023) has no bias and f = identity, and puts what is not linear between layers.',
    forms: [
      {
        options: {},
        latex: [
          String.raw`\lambda = \exp(-e^{
u} + j e^{	heta})`,
          String.raw`s_t = \lambda \odot s_{t-1} + e^{\gamma} \odot ((W_r + j W_i) x_t + b_r + j b_i)`,
          String.raw`h_t = f(\mathrm{Re}((C_r + j C_i) s_t) + W_d x_t + b_d)`,
        ],
      },
    ],
  },
  slstm: {
    lecture_name: 'Scalar LSTM (sLSTM) of xLSTM',
    convention:
      'The input gate is exponential, the forget gate a logistic function; the stabiliser m keeps both in range and cancels in h (Beck et al. 2024).',
    forms: [
      {
        options: {},
        latex: [
          String.raw`a_g = W_g [x_t, h_{t-1}] + b_g, \quad g \in \{i, f, o, c\}`,
          String.raw`m_t = \max(\log \sigma(a_f) + m_{t-1}, a_i)`,
          String.raw`i'_t = \exp(a_i - m_t), \quad f'_t = \exp(\log \sigma(a_f) + m_{t-1} - m_t)`,
          String.raw`c_t = f'_t \odot c_{t-1} + i'_t \odot \tanh(a_c)`,
          String.raw`n_t = f'_t \odot n_{t-1} + i'_t`,
          String.raw`h_t = \sigma(a_o) \odot \frac{c_t}{n_t}`,
        ],
      },
    ],
  },
}

function gruForm(reset: string, candidate: string): CellForm {
  return {
    options: { reset },
    latex: [
      gate('u', 'c_{t-1}'),
      gate('r', 'c_{t-1}'),
      candidate,
      String.raw`c_t = z_u \odot \tilde c_t + (1 - z_u) \odot c_{t-1}`,
      String.raw`h_t = c_t`,
    ],
  }
}

function peepholeForm(peephole: string, weight: (gate: string) => string): CellForm {
  const reading = (name: string, cell: string) => gate(name, 'h_{t-1}', ` + ${weight(name)} ${cell}`)
  return {
    options: { peephole },
    latex: [CANDIDATE, reading('u', 'c_{t-1}'), reading('f', 'c_{t-1}'), CELL_STATE, reading('o', 'c_t'), OUTPUT],
  }
}
