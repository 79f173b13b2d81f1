import { type SoundMessages, soundNumbers } from './sound-messages.ts';

const { factor, decibels, plain } = soundNumbers('en');

const presets: SoundMessages['presets'] = {
  flat: 'Flat (no filters)',
  bassboost: 'Bass boost',
  treble_boost: 'Treble boost',
  nightcore: 'Nightcore',
  vaporwave: 'Vaporwave',
  '8d': '8D',
  karaoke: 'Karaoke',
  tremolo: 'Tremolo',
  vibrato: 'Vibrato',
  soft_distortion: 'Soft distortion',
  lowpass: 'Low pass',
  mono: 'Mono',
  pop: 'Pop',
  rock: 'Rock',
  jazz: 'Jazz',
  classical: 'Classical',
  electronic: 'Electronic',
  vocal: 'Vocal',
};

export const enSound: SoundMessages = {
  commands: {
    filter: {
      name: 'filter',
      description: 'Change how the music sounds',
      options: {},
      subcommands: {
        preset: {
          name: 'preset',
          description: 'Turn on a ready-made sound; it replaces the filters that are on',
          options: { name: { name: 'name', description: 'Which sound', choices: presets } },
        },
        eq: {
          name: 'eq',
          description: 'Make low, middle or high tones louder or softer',
          options: {
            low: { name: 'low', description: 'Low tones, −12 to 12 dB' },
            mid: { name: 'mid', description: 'Middle tones, −12 to 12 dB' },
            high: { name: 'high', description: 'High tones, −12 to 12 dB' },
          },
        },
        speed: {
          name: 'speed',
          description: 'Play faster or slower at the same pitch',
          options: { factor: { name: 'factor', description: '0.25 to 4; 1 is as recorded' } },
        },
        pitch: {
          name: 'pitch',
          description: 'Play higher or lower at the same speed',
          options: { factor: { name: 'factor', description: '0.25 to 4; 1 is as recorded' } },
        },
        reset: { name: 'reset', description: 'Turn all filters off', options: {} },
      },
    },
    normalize: {
      name: 'normalize',
      description: 'Play all tracks equally loud',
      options: {
        state: {
          name: 'state',
          description: 'On or off; nothing shows what it is',
          choices: { on: 'On', off: 'Off' },
        },
      },
    },
    crossfade: {
      name: 'crossfade',
      description: 'Let tracks fade into each other',
      options: { seconds: { name: 'seconds', description: '0 to 12 seconds; 0 turns it off' } },
    },
    announce: {
      name: 'announce',
      description: 'Plays something over the music: an announcement, a sound effect',
      options: {
        what: {
          name: 'what',
          description: 'A link, a file or search words, ten minutes at most; nothing ends what is on',
        },
        mode: {
          name: 'mode',
          description: 'What becomes of the music meanwhile; usually it is only quieter',
          choices: {
            overlay: 'Quieter',
            priority: 'Silent, and nothing may interrupt',
            replace: 'Stands still',
            crossfade: 'Fades away and back',
          },
        },
      },
    },
  },
  presets,
  filters: {
    equalizer: 'equalizer',
    karaoke: 'karaoke',
    tremolo: 'tremolo',
    vibrato: 'vibrato',
    rotation: 'rotation',
    distortion: 'distortion',
    channelMix: 'channel mix',
    lowPass: 'low pass',
    compressor: 'compressor',
  },
  volume: (percent) => `volume ${percent} %`,
  speed: (value) => `speed ${factor(value)}`,
  pitch: (value) => `pitch ${factor(value)}`,
  low: (db) => `low ${decibels(db)}`,
  mid: (db) => `mid ${decibels(db)}`,
  high: (db) => `high ${decibels(db)}`,
  crossfade: (seconds) => `crossfade ${plain(seconds)} s`,
  evenLoudness: 'equal loudness',
  filtersAre: (filters) => `Filters that are on: ${filters}.`,
  noFilters: 'No filters are on.',
  liveKeepsSpeed: 'The live stream that is on keeps its own speed.',
  crossfadeIs: (seconds) => `Tracks fade into each other over ${plain(seconds)} s.`,
  noCrossfade: 'Tracks follow each other without fading.',
  announced: (title) => `On air: ${title}.`,
  announcing: 'The announcement is on its way.',
  notAnnounced: 'The announcement was ended before it was heard.',
  announcementStopped: 'The announcement was stopped.',
  noAnnouncement: 'No announcement is being played.',
  mayNotAnnounce:
    'Only people with the permission “Priority Speaker” may announce something in this channel.',
  normalized: 'All tracks are played equally loud.',
  notNormalized: 'Each track is played as loud as it was made.',
  mutedBy: { moderator: 'Muted by a moderator', stage: 'Not invited to speak yet' },
};
