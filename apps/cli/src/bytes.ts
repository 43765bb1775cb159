const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** A size in its largest binary unit: `1.5 MiB`. */
export function bytesWords(bytes: number): string {
  const unit = Math.min(UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10))
  return `${Number((bytes / 1024 ** unit).toPrecision(3))} ${UNITS[unit]}`
}
