import type { Messages } from '../locales/messages.ts';
import { COLOURS, type View } from './view.ts';

export interface PingReport {
  /** Milliseconds; `null` = no heartbeat was answered yet. */
  readonly gatewayMs: number | null;
  readonly restMs: number;
  /** `null` = the player did not answer. */
  readonly playerMs: number | null;
  readonly versions: readonly string[];
}

export function pingView(report: PingReport, messages: Messages): View {
  const { ping } = messages;
  const time = (ms: number) => `${Math.round(ms)} ms`;
  return {
    embeds: [
      {
        color: report.playerMs === null ? COLOURS.failure : COLOURS.plain,
        title: ping.title,
        fields: [
          {
            name: ping.gateway,
            value: report.gatewayMs === null ? ping.measuring : time(report.gatewayMs),
            inline: true,
          },
          { name: ping.rest, value: time(report.restMs), inline: true },
          {
            name: ping.player,
            value: report.playerMs === null ? ping.unreachable : time(report.playerMs),
            inline: true,
          },
          { name: ping.versions, value: report.versions.join('\n').slice(0, 1_024), inline: false },
        ],
      },
    ],
    components: [],
  };
}
