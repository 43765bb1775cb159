export { philox, type Block } from './philox.ts'
export { random, type Random } from './random.ts'
