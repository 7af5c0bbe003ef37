import type { SelectionConfigInput } from "@omicselector2/contracts";

/** A public data set with known answers, and how to ask for them; figures are those that its description tags [calc]. */
export interface RealData {
  folder: string;
  file: string;
  sheet?: string;
  dataType: string;
  shape: [samples: number, features: number];
  config: SelectionConfigInput;
  /** the univariate method whose statistics are published, and they: feature -> [statistic, p or null] */
  univariate: "t_test" | "anova";
  expected: Record<string, [string, string | null]>;
  /** features with adjusted p (Benjamini-Hochberg) below 0.05 */
  significant?: number;
  /** features that the statistics cannot judge (constant) */
  tested?: number;
  /** AUC of logistic regression and of a forest on all features, as described */
  auc: [logistic: number, forest: number];
  /** features of which at least one leads the consensus (is in its first ten) */
  markers: string[];
  methods?: string[];
}

export const realData: RealData[] = [
  {
    folder: "golub_leukemia",
    file: "golub_tidy.csv.gz",
    dataType: "bulk_rna_seq",
    shape: [72, 7129],
    config: { target_column: "class", positive_class: "AML", clip: [100, 16_000], transform: "log2" },
    univariate: "t_test",
    expected: {
      X95735_at: ["12.830", "8.54e-20"],
      M11722_at: ["-11.727", "5.41e-18"],
      M31523_at: ["-11.784", "3.60e-17"],
      L09209_s_at: ["10.796", "3.07e-16"],
      U46499_at: ["12.284", "5.19e-15"],
      M27891_at: ["12.239", "1.70e-14"],
      M23197_at: ["11.419", "1.06e-13"],
    },
    // The description says 1863: it counts 734 probes that clipping made constant, whose t is rounding noise in SciPy. Without them SciPy gives 942 of 6395.
    significant: 942,
    tested: 6395,
    auc: [0.99, 1],
    markers: ["X95735_at", "M27891_at", "M23197_at"],
  },
  {
    folder: "alon_colon",
    file: "alon_colon.csv.gz",
    dataType: "bulk_rna_seq",
    shape: [62, 2000],
    config: { target_column: "class", positive_class: "tumor", transform: "log2" },
    univariate: "t_test",
    expected: {
      X493: ["-6.197", "2.51e-7"],
      X1042: ["5.725", "5.12e-7"],
      X513: ["5.378", "1.51e-6"],
      X1772: ["5.446", "2.33e-6"],
      X1671: ["5.351", "4.00e-6"],
      X1582: ["5.136", "4.53e-6"],
      X377: ["-5.169", "5.10e-6"],
    },
    significant: 105,
    auc: [0.88, 0.88],
    markers: ["X493", "X377", "X1671", "X1772", "X513"],
  },
  {
    folder: "khan_srbct",
    file: "srbct.csv.gz",
    dataType: "bulk_rna_seq",
    shape: [83, 2308],
    config: { target_column: "class", transform: "log2" },
    univariate: "anova",
    expected: {
      IMAGE_784224: ["84.36", "1.46e-24"],
      IMAGE_770394: ["83.82", null],
      IMAGE_796258: ["77.80", null],
      IMAGE_295985: ["69.23", null],
      IMAGE_377461: ["68.41", null],
      IMAGE_812105: ["65.57", null],
    },
    significant: 1162,
    auc: [1, 1],
    markers: ["IMAGE_784224", "IMAGE_770394", "IMAGE_796258"],
  },
  {
    folder: "elias2017_mirna",
    file: "Elias2017.csv",
    dataType: "mirna",
    shape: [179, 192],
    config: { target_column: "Class", positive_class: "Cancer" },
    univariate: "t_test",
    expected: {
      "hsa-miR-200c-3p": ["4.597", "8.15e-6"],
      "hsa-miR-320d": ["4.059", "7.51e-5"],
      "hsa-miR-320c": ["3.715", "2.73e-4"],
      "hsa-miR-30d-5p": ["-3.631", "3.71e-4"],
      "hsa-miR-425-5p": ["-3.095", "2.30e-3"],
    },
    significant: 4,
    auc: [0.67, 0.7],
    markers: ["hsa-miR-200c-3p"],
  },
  {
    folder: "tcga_luad20",
    file: "input_data_1.csv.gz",
    sheet: "input_data_2.csv",
    dataType: "bulk_rna_seq",
    shape: [20, 20_502],
    config: { target_column: "label", positive_class: "Tumor", transform: "log2p1" },
    univariate: "t_test",
    expected: {
      SLC6A13: ["-21.815", "3.90e-13"],
      S1PR1: ["-16.094", "3.95e-12"],
      PTPRH: ["14.986", "2.65e-11"],
      PECAM1: ["-13.020", "3.46e-10"],
    },
    significant: 5852,
    tested: 19_594,
    auc: [1, 1],
    markers: ["SLC6A13", "S1PR1", "PTPRH"],
  },
  {
    folder: "pbmc68k_reduced",
    file: "10x_pbmc68k_reduced.h5ad",
    dataType: "single_cell_rna_seq",
    shape: [700, 765],
    config: { target_column: "bulk_labels", layer: "raw" },
    univariate: "anova",
    expected: {
      CST3: ["989.7", null],
      LYZ: ["429.1", null],
      CD79A: ["359.3", "1.3e-253"],
      AIF1: ["315.6", null],
      FCER1G: ["308.6", null],
      LST1: ["288.3", null],
    },
    auc: [0.985, 0.96],
    markers: ["CST3", "LYZ", "CD79A", "FCER1A"],
  },
];

/** A number written to as many digits as `like`, in its notation. */
export function written(value: number, like: string): string {
  if (like.includes("e")) return value.toExponential(Math.max(0, like.indexOf("e") - 2));
  return value.toFixed(like.includes(".") ? like.length - like.indexOf(".") - 1 : 0);
}
