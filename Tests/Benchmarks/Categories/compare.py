#!/usr/bin/env python3
"""Categories beside scikit-learn, in one run: accuracy, training time, size, speed, effect on reward.

    pip install scikit-learn
    swift build -c release
    python3 Tests/Benchmarks/Categories/compare.py --data ../shared/data

Times are CPU seconds of one process on one core. Prompts of others are read where they lie; nothing is written there.
"""
import argparse
import csv
import gzip
import json
import os
import resource
import subprocess
import tempfile
import time

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
csv.field_size_limit(10**9)

import numpy as np  # noqa: E402
from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.pipeline import make_pipeline, make_union  # noqa: E402


def table(path):
    with gzip.open(path, "rt", newline="") as file:
        return list(csv.DictReader(file))


def write(path, rows, names):
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, names, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


class Ours:
    def __init__(self, binary):
        self.binary, self.folder = binary, tempfile.mkdtemp()
        self.benchmark = os.path.join(os.path.dirname(binary), "CategoryBenchmark")

    def run(self, *arguments):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        out = subprocess.run([self.binary, *arguments], check=True, capture_output=True, text=True).stdout
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return out, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def train(self, rows, label, held_out=None):
        path, model = f"{self.folder}/train.csv", f"{self.folder}/model.brqc"
        marked = [dict(row, split="train") for row in rows] + [dict(row, split="held") for row in held_out or []]
        write(path, marked, ["prompt", label, "split"])
        extra = ["--source", "split", "--hold-out-source", "held"] if held_out else []
        out, seconds = self.run("train-categories", path, "--label", label, "--output", model, "--format", "json", *extra)
        return json.loads(out), seconds

    def predict(self, rows, *options):
        path = f"{self.folder}/prompts.jsonl"
        with open(path, "w") as file:
            for row in rows:
                file.write(json.dumps({"prompt": row["prompt"]}) + "\n")
        out, seconds = self.run("classify", "--file", path, "--format", "json", *options)
        return [json.loads(line)["category"] for line in out.splitlines()], seconds

    def predict_trained(self, rows):
        return self.predict(rows, "--model", f"{self.folder}/model.brqc", "--threshold", "0")[0]


def peer():
    features = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True))
    return make_pipeline(features, LogisticRegression(C=10, max_iter=200))


def prompts(rows):
    return [row["prompt"] for row in rows]


def clinc(ours, data):
    rows = table(f"{data}/clinc150.csv.gz")
    train, held = ([r for r in rows if r["split"] == s] for s in ("train", "val"))
    print("CLINC150, validation split, 15,000 prompts to train on")
    for label in ("intent", "domain"):
        report, seconds = ours.train(train, label, held)
        print(f"  ours          {label:7} {report['accuracy']:.4f}  {seconds:6.1f} s  {report['model_bytes']:>9} bytes  "
              f"calibration error {report['calibration_error']:.3f}")
        model, start = peer(), time.process_time()
        model.fit(prompts(train), [r[label] for r in train])
        seconds = time.process_time() - start
        accuracy = model.score(prompts(held), [r[label] for r in held])
        size = sum(step.coef_.nbytes for _, step in model.steps if hasattr(step, "coef_"))
        print(f"  scikit-learn  {label:7} {accuracy:.4f}  {seconds:6.1f} s  {size:>9} bytes", flush=True)


NAMES = {"knowledge_mcq": "question_answering", "open_qa": "question_answering", "constrained_writing": "creative_writing"}
COARSE = ["code", "math", "creative_writing", "roleplay"]


def coarse(label):
    return label if label in COARSE else "other"


def family(source):
    if source.startswith("clinc"):
        return "clinc"
    if source.startswith("p3/"):
        return "p3 " + source[3:].split("_")[0]
    return "wmt" if "WMT" in source else source


def unseen(ours, data):
    """Whole sources held out: every row is predicted by something that learned from nothing of its source."""
    rows = [r for r in table(f"{data}/intent_prompts.csv.gz") if r["source"] != "ulab/commongen"]
    truth = [coarse(NAMES.get(r["intent"], r["intent"])) for r in rows]
    built_in = [coarse(p) for p in ours.predict(rows)[0]]
    families = [family(r["source"]) for r in rows]
    theirs = [None] * len(rows)
    features = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)).fit_transform(prompts(rows))
    for name in sorted(set(families)):
        inside = np.array([f == name for f in families])
        model = LogisticRegression(C=10, max_iter=200).fit(features[~inside], np.array(truth)[~inside])
        for index, label in zip(np.where(inside)[0], model.predict(features[inside])):
            theirs[index] = label
    print("Sources held out, recall of five classes (ours: the built-in taxonomy, which learned from none of the sources)")
    totals = {"ours": [], "scikit-learn": []}
    for label in COARSE + ["other"]:
        members = [i for i, t in enumerate(truth) if t == label]
        line = f"  {label:17} {len(members):5}"
        for who, answers in (("ours", built_in), ("scikit-learn", theirs)):
            recall = np.mean([answers[i] == label for i in members])
            totals[who].append(recall)
            line += f"  {who} {recall:.3f}"
        print(line)
    print("  mean of the five        " + "  ".join(f"{w} {np.mean(v):.3f}" for w, v in totals.items()), flush=True)


def speed(ours, data):
    """What one more 2 KB prompt costs: the slope over file sizes leaves starting and training out."""
    text = " ".join(prompts(table(f"{data}/intent_prompts.csv.gz"))).encode()
    rows = [{"prompt": text[i * 2048:(i + 1) * 2048].decode("utf-8", "ignore")} for i in range(1_000)]
    few, many = rows * 2, rows * 22
    slope = (ours.predict(many)[1] - ours.predict(few)[1]) / (len(many) - len(few))
    path = f"{ours.folder}/prompts.txt"
    with open(path, "wb") as file:
        file.write(text[:2048 * 1_000])
    alone = json.loads(subprocess.run([ours.benchmark, path], check=True, capture_output=True, text=True).stdout)
    model = peer().fit(prompts(rows[:200]), [str(i % 13) for i in range(200)])
    start = time.process_time()
    for row in rows[:300]:
        model.predict([row["prompt"]])
    theirs = (time.process_time() - start) / 300
    print(f"One 2 KB prompt: ours {alone['whole_us']:.1f} µs (rules, patterns and classifier; the classifier "
          f"{alone['classifier_us']:.1f}), {slope * 1e6:.0f} µs with reading its JSON and writing the answer, "
          f"scikit-learn {theirs * 1e6:.0f} µs", flush=True)


def reward(ours, data):
    print("Mean score of the best arm by category; arms and categories from one half, judged on the other")
    for name in ("ulab_llmrouter", "mmlu_pro"):
        rows = table(f"{data}/{name}.csv.gz")
        for row in rows:
            # A category id has no spaces.
            row["category"] = row["category"].replace(" ", "_")
        arms = [key for key in rows[0] if key.startswith("score|")]
        score = np.array([[float(r[a] or "nan") for a in arms] for r in rows])
        fit = np.arange(len(rows)) % 2 == 0
        ours.train([r for r, f in zip(rows, fit) if f], "category")
        predicted = np.array(ours.predict_trained(rows))
        half = peer().fit([r["prompt"] for r, f in zip(rows, fit) if f], [r["category"] for r, f in zip(rows, fit) if f])
        theirs = half.predict(prompts(rows))

        def value(category):
            total = 0.0
            for c in set(category[~fit]):
                own = fit & (category == c)
                best = np.nanargmax(np.nanmean(score[own if own.any() else fit], axis=0))
                total += np.nansum(score[~fit & (category == c), best])
            return total / (~fit).sum()

        truth = np.array([r["category"] for r in rows])
        none = np.array(["all"] * len(rows))
        print(f"  {name:15} none {value(none):.4f}  ours {value(predicted):.4f}  scikit-learn {value(theirs):.4f}  "
              f"true {value(truth):.4f}  (ours right in {np.mean(predicted[~fit] == truth[~fit]):.3f}, "
              f"scikit-learn {np.mean(theirs[~fit] == truth[~fit]):.3f})", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="../shared/data")
    parser.add_argument("--binary", default=".build/release/bandit-router")
    parser.add_argument("--only", nargs="*", default=["speed", "reward", "unseen", "clinc"])
    arguments = parser.parse_args()
    system = Ours(arguments.binary)
    for part in arguments.only:
        {"clinc": clinc, "unseen": unseen, "speed": speed, "reward": reward}[part](system, arguments.data)
