import { type SoundMessages, soundNumbers } from './sound-messages.ts';

const { factor, decibels, plain } = soundNumbers('es');

const presets: SoundMessages['presets'] = {
  flat: 'Neutro (sin filtros)',
  bassboost: 'Más graves',
  treble_boost: 'Más agudos',
  nightcore: 'Nightcore',
  vaporwave: 'Vaporwave',
  '8d': '8D',
  karaoke: 'Karaoke',
  tremolo: 'Trémolo',
  vibrato: 'Vibrato',
  soft_distortion: 'Distorsión suave',
  lowpass: 'Paso bajo',
  mono: 'Mono',
  pop: 'Pop',
  rock: 'Rock',
  jazz: 'Jazz',
  classical: 'Clásica',
  electronic: 'Electrónica',
  vocal: 'Voz',
};

export const esSound: SoundMessages = {
  commands: {
    filter: {
      name: 'filtro',
      description: 'Cambia cómo suena la música',
      options: {},
      subcommands: {
        preset: {
          name: 'ajuste',
          description: 'Activa un sonido ya preparado; sustituye a los filtros activos',
          options: { name: { name: 'nombre', description: 'Qué sonido', choices: presets } },
        },
        eq: {
          name: 'eq',
          description: 'Sube o baja los graves, los medios o los agudos',
          options: {
            low: { name: 'graves', description: 'Graves, de −12 a 12 dB' },
            mid: { name: 'medios', description: 'Medios, de −12 a 12 dB' },
            high: { name: 'agudos', description: 'Agudos, de −12 a 12 dB' },
          },
        },
        speed: {
          name: 'velocidad',
          description: 'Suena más rápido o más lento, con el mismo tono',
          options: { factor: { name: 'factor', description: 'De 0,25 a 4; 1 es el original' } },
        },
        pitch: {
          name: 'tono',
          description: 'Suena más agudo o más grave, a la misma velocidad',
          options: { factor: { name: 'factor', description: 'De 0,25 a 4; 1 es el original' } },
        },
        reset: { name: 'quitar', description: 'Quita todos los filtros', options: {} },
      },
    },
    normalize: {
      name: 'igualar',
      description: 'Todas las canciones suenan igual de fuerte',
      options: {
        state: {
          name: 'estado',
          description: 'Sí o no; sin nada, lo muestra',
          choices: { on: 'Sí', off: 'No' },
        },
      },
    },
    crossfade: {
      name: 'fundido',
      description: 'Une las canciones con un fundido',
      options: { seconds: { name: 'segundos', description: 'De 0 a 12 segundos; 0 lo quita' } },
    },
    announce: {
      name: 'anuncio',
      description: 'Reproduce algo sobre la música: un anuncio, un efecto',
      options: {
        what: {
          name: 'qué',
          description:
            'Enlace, archivo o palabras, diez minutos como máximo; nada detiene el anuncio que suena',
        },
        mode: {
          name: 'modo',
          description: 'Qué pasa con la música mientras tanto; normalmente solo baja',
          choices: {
            overlay: 'Más baja',
            priority: 'En silencio, y nada puede interrumpir',
            replace: 'Se detiene',
            crossfade: 'Se desvanece y vuelve',
          },
        },
      },
    },
  },
  presets,
  filters: {
    equalizer: 'ecualizador',
    karaoke: 'karaoke',
    tremolo: 'trémolo',
    vibrato: 'vibrato',
    rotation: 'rotación',
    distortion: 'distorsión',
    channelMix: 'mezcla de canales',
    lowPass: 'paso bajo',
    compressor: 'compresor',
  },
  volume: (percent) => `volumen ${percent} %`,
  speed: (value) => `velocidad ${factor(value)}`,
  pitch: (value) => `tono ${factor(value)}`,
  low: (db) => `graves ${decibels(db)}`,
  mid: (db) => `medios ${decibels(db)}`,
  high: (db) => `agudos ${decibels(db)}`,
  crossfade: (seconds) => `fundido ${plain(seconds)} s`,
  evenLoudness: 'misma intensidad',
  filtersAre: (filters) => `Filtros activos: ${filters}.`,
  noFilters: 'No hay filtros activos.',
  liveKeepsSpeed: 'La emisión en directo que suena conserva su velocidad.',
  crossfadeIs: (seconds) => `Las canciones se unen con un fundido de ${plain(seconds)} s.`,
  noCrossfade: 'Las canciones se siguen sin fundido.',
  announced: (title) => `Se oye: ${title}.`,
  announcing: 'El anuncio está en camino.',
  notAnnounced: 'El anuncio terminó antes de oírse.',
  announcementStopped: 'El anuncio se detuvo.',
  noAnnouncement: 'No suena ningún anuncio.',
  mayNotAnnounce: 'Solo quien tiene el permiso «Prioridad de palabra» puede hacer anuncios en este canal.',
  normalized: 'Todas las canciones suenan igual de fuerte.',
  notNormalized: 'Cada canción conserva su propio volumen.',
  mutedBy: { moderator: 'Silenciado por un moderador', stage: 'Aún sin invitación para hablar' },
};
