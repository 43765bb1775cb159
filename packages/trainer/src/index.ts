export { programOf, train, type Outcome, type TrainOptions } from './train.ts'
