import type { Command } from 'commander'
import { remoteSettings, type Setting, settings } from '../config.ts'

/** Adds what says which server a command talks to, and as whom. */
export function addRemoteSettings(command: Command): Command {
  for (const setting of Object.values<Setting<unknown>>({ ...remoteSettings, dataDir: settings.dataDir })) {
    if (setting.flag === undefined) continue
    command.option(
      `${setting.flag} <value>`,
      `${setting.sentence} (${setting.accepts}; default: ${setting.defaultText})`,
    )
  }
  return command
}
