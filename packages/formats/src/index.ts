export { cutBlocks } from './blocks.ts'
export { FormatError } from './format_error.ts'
export { decodeSafetensors, decodeTexts, encodeSafetensors, headBytes } from './safetensors.ts'
export { type NamedTensors } from './tensor.ts'
