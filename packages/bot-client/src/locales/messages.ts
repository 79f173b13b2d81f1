import type { ErrorCode, LoopMode } from '@bandstand/protocol';
import type { CommandTexts } from './command-texts.ts';
import { SOUND_COMMANDS, type SoundMessages } from './sound/sound-messages.ts';

/** The languages that are complete; the first is what everyone else reads. */
export const LANGUAGES = ['en', 'de', 'fr', 'es'] as const;
export type Language = (typeof LANGUAGES)[number];

export const COMMAND_NAMES = [
  'play',
  'p5',
  'radio',
  'pause',
  'resume',
  'skip',
  'previous',
  'stop',
  'reset',
  'seek',
  'volume',
  ...SOUND_COMMANDS,
  'loop',
  'shuffle',
  'queue',
  'remove',
  'move',
  'clear',
  'nowplaying',
  'join',
  'leave',
  'help',
  'ping',
] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];

/**
 * Everything the bot says, in one language. Arguments named `track`, `playlist` or `channel` are finished Discord
 * markdown; numbers and times are formatted by the caller.
 */
export interface Messages {
  readonly commands: Readonly<Record<CommandName, CommandTexts>>;
  /** One sentence for people per failure: what happened, and what they can do. */
  readonly errors: Readonly<Record<ErrorCode, string>>;
  readonly unknownError: (incident: string) => string;

  readonly guards: {
    readonly guildOnly: string;
    readonly joinFirst: string;
    readonly otherChannel: (channel: string) => string;
    readonly cannotSee: (channel: string) => string;
    readonly cannotConnect: (channel: string) => string;
    readonly cannotSpeak: (channel: string) => string;
    readonly channelFull: (channel: string) => string;
    readonly tooFast: (seconds: number) => string;
    readonly notReady: string;
  };

  readonly notes: {
    readonly noPanel: string;
    readonly stage: string;
  };

  readonly play: {
    readonly working: string;
    readonly added: (track: string, duration: string) => string;
    readonly addedTimes: (count: number, track: string, duration: string) => string;
    readonly playsNow: string;
    readonly position: (position: number) => string;
    readonly startsIn: (time: string) => string;
    readonly playlist: (count: number, playlist: string) => string;
    readonly playlistGrowing: (count: number, playlist: string) => string;
    readonly unnamedPlaylist: string;
    readonly leftOut: (count: number) => string;
    readonly stillWorking: string;
    readonly butNotJoined: (reason: string) => string;
    readonly restarting: string;
    readonly unknownStation: string;
  };

  readonly done: {
    readonly paused: string;
    readonly alreadyPaused: string;
    readonly resumed: string;
    readonly alreadyPlaying: string;
    readonly skipped: (track: string) => string;
    readonly next: (track: string) => string;
    readonly nothingNext: string;
    readonly previous: (track: string) => string;
    readonly stopped: string;
    readonly reset: string;
    readonly alreadyReset: string;
    readonly seeked: (time: string) => string;
    readonly volumeIs: (percent: number) => string;
    readonly volumeSet: (percent: number) => string;
    readonly loopSet: (mode: string) => string;
    readonly shuffled: (count: number) => string;
    readonly removed: (track: string) => string;
    readonly moved: (track: string, position: number) => string;
    readonly cleared: (count: number) => string;
    readonly joined: (channel: string) => string;
    readonly joining: (channel: string) => string;
    readonly alreadyJoined: (channel: string) => string;
    readonly left: string;
    readonly notConnected: string;
    readonly badTime: string;
    readonly staleButton: string;
    readonly skipFailed: (track: string, reason: string) => string;
    readonly trackFailed: (track: string, reason: string) => string;
    readonly reconnecting: (station: string) => string;
    readonly leftAlone: string;
    readonly leftStanding: string;
  };

  readonly panel: {
    readonly playing: string;
    readonly paused: string;
    readonly loading: string;
    readonly requestedBy: string;
    readonly duration: string;
    readonly onAir: string;
    readonly volume: string;
    readonly sound: string;
    readonly loop: string;
    readonly upNext: string;
    readonly live: string;
    readonly unknownDuration: string;
    readonly loopModes: Readonly<Record<LoopMode, string>>;
    readonly buttons: {
      readonly previous: string;
      readonly pause: string;
      readonly resume: string;
      readonly skip: string;
      readonly stop: string;
      readonly loop: (mode: string) => string;
    };
  };

  readonly sound: SoundMessages;

  readonly queue: {
    readonly title: string;
    readonly nowPlaying: string;
    readonly empty: string;
    readonly nothingPlaying: string;
    readonly page: (page: number, pages: number) => string;
    readonly total: (count: number, time: string) => string;
    readonly previousPage: string;
    readonly nextPage: string;
    readonly refresh: string;
  };

  readonly help: { readonly title: string; readonly intro: string };

  readonly ping: {
    readonly title: string;
    readonly gateway: string;
    readonly rest: string;
    readonly player: string;
    readonly versions: string;
    readonly unreachable: string;
    readonly measuring: string;
  };
}
