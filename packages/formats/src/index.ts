export { FormatError } from './format_error.ts'
export { decodeSafetensors, encodeSafetensors } from './safetensors.ts'
export { type NamedTensors } from './tensor.ts'
