export { FormatError } from './format_error.ts'
export { decodeSafetensors, encodeSafetensors } from './safetensors.ts'
export { type NamedTensors, type Tensor, type TensorData } from './tensor.ts'
