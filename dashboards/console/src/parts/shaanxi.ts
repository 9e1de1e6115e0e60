// Shaanxi for orientation: the seats of its ten prefectures (GB/T 2260 code, degrees as every atlas gives them) and an outline of some
// forty points drawn by hand through its best-known border places. A sketch, not a survey.

export interface City { code: string; en: string; zh: string; lat: number; lon: number }
export const CITIES: City[] = [
  { code: '6101', en: "Xi'an", zh: '西安', lat: 34.34, lon: 108.94 }, { code: '6102', en: 'Tongchuan', zh: '铜川', lat: 34.9, lon: 108.95 },
  { code: '6103', en: 'Baoji', zh: '宝鸡', lat: 34.36, lon: 107.24 }, { code: '6104', en: 'Xianyang', zh: '咸阳', lat: 34.33, lon: 108.71 },
  { code: '6105', en: 'Weinan', zh: '渭南', lat: 34.5, lon: 109.51 }, { code: '6106', en: "Yan'an", zh: '延安', lat: 36.59, lon: 109.49 },
  { code: '6107', en: 'Hanzhong', zh: '汉中', lat: 33.07, lon: 107.02 }, { code: '6108', en: 'Yulin', zh: '榆林', lat: 38.29, lon: 109.73 },
  { code: '6109', en: 'Ankang', zh: '安康', lat: 32.68, lon: 109.03 }, { code: '6110', en: 'Shangluo', zh: '商洛', lat: 33.87, lon: 109.94 },
];
/** [longitude, latitude], from the northern tip clockwise: down the Yellow River, the Qinling's east, the Daba range, up the west. */
export const OUTLINE: [number, number][] = [
  [110.9, 39.5], [111.15, 39.35], [111.05, 39.02], [110.55, 38.45], [110.5, 38.02], [110.75, 37.7], [110.77, 37.45], [110.65, 37.0], [110.4, 36.7], [110.45, 36.13], [110.58, 35.65],
  [110.37, 35.1], [110.25, 34.6], [110.5, 34.22], [110.9, 34.1], [111.02, 33.6], [110.98, 33.25], [110.55, 33.25], [110.0, 33.2], [109.6, 33.15], [110.05, 32.85], [110.15, 32.6],
  [109.6, 32.6], [109.55, 31.85], [109.3, 31.72], [108.9, 31.95], [108.5, 32.2], [108.0, 32.15], [107.4, 32.45], [106.85, 32.7], [106.1, 32.85], [105.6, 32.72], [105.5, 32.92],
  [105.95, 33.2], [105.75, 33.45], [106.4, 33.6], [106.55, 34.05], [106.45, 34.5], [106.65, 34.95], [107.2, 35.02], [107.75, 35.3], [108.3, 35.3], [108.6, 35.75], [108.7, 36.35],
  [107.95, 36.7], [107.3, 37.1], [107.3, 37.65], [108.0, 37.65], [108.8, 38.0], [109.0, 38.4], [109.7, 39.0], [110.2, 39.35], [110.45, 39.3],
];
