import { CompressionType, compressionRegistry } from 'apache-arrow'
import { decompress as decompressZstd } from 'fzstd'
import lz4 from 'lz4js'

/** A buffer of a record batch: what says that it unpacks to more is refused. */
const MOST_BUFFER_BYTES = 2 ** 30

/** Has Arrow read what pandas and pyarrow compress by. */
export function registerCodecs(): void {
  compressionRegistry.set(CompressionType.LZ4_FRAME, {
    decode(data) {
      const bytes = lz4.decompressBound(data)
      if (bytes > MOST_BUFFER_BYTES) throw new RangeError(`Array buffer allocation of ${bytes} bytes refused`)
      return lz4.decompress(data, bytes)
    },
  })
  // A copy, as Arrow looks at it as numbers of eight bytes: it must start where those do.
  compressionRegistry.set(CompressionType.ZSTD, { decode: (data) => decompressZstd(data).slice() })
}
