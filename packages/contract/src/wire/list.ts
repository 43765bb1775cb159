import { Type, type TSchema } from 'typebox'
import { integer } from '../schema/fields.ts'
import { nullable } from './nullable.ts'

/** Query of every list: a page of at most `limit` items after the cursor `after`. */
export const PAGE_QUERY = {
  after: Type.Optional(Type.String({ maxLength: 64, description: 'The `next` of the previous page.' })),
  limit: integer('Items of a page.', { default: 20, minimum: 1, maximum: 100 }),
}

/** A page of a list. */
export function pageSchema<Item extends TSchema>(item: Item) {
  return Type.Object({
    object: Type.Literal('list'),
    data: Type.Array(item),
    has_more: Type.Boolean({ description: 'True when there is another page.' }),
    next: nullable(Type.String({ description: 'Cursor of the next page.' })),
  })
}

export interface Page<Item> {
  object: 'list'
  data: Item[]
  has_more: boolean
  next: string | null
}
