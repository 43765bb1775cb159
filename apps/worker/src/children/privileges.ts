import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const SETPRIV = 'setpriv'

/**
 * How a child is started that can gain no privileges, not even by a program that is set-user-ID: through setpriv(1) where there is
 * one, of util-linux or BusyBox, which becomes the child.
 *
 * @param path folders of programs, as in PATH
 * @returns options of `fork`; none where there is no setpriv
 */
export function withoutNewPrivileges(path = ''): { execPath?: string; execArgv?: string[] } {
  const setpriv = path
    .split(delimiter)
    .map((folder) => join(folder, SETPRIV))
    .find(isExecutable)
  if (process.platform !== 'linux' || setpriv === undefined) return {}
  return { execPath: setpriv, execArgv: ['--nnp', process.execPath, ...process.execArgv] }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
