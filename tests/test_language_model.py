"""The unpacked model of the recogniser: the same answers, and nothing that is not its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from newscrawl import language_model

TEXTS = (
    "The council of the town met at the harbour and spoke of the bridge that the winter had taken. " * 5,
    "Der Rat der Stadt sprach am Hafen über die Brücke, die der Winter genommen hatte, und über Geld. " * 5,
    "Совет города говорил в порту о мосте, который забрала зима, и о том, кто заплатит за новый. " * 5,
    "",
    "1 2 3",
)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def _folder() -> Path:
    folder = language_model.cache_folder()
    assert folder is not None
    return folder


def test_the_mapped_model_answers_as_the_packed_one() -> None:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    packed = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    first = language_model.identifier()
    assert sorted(one.name for one in _folder().iterdir()) == sorted(
        ["about.json", *(f"{name}.npy" for name in language_model._ARRAYS)]
    )
    assert [one.name for one in _folder().parent.iterdir()] == [_folder().name], "nothing is left beside it"
    second = language_model.identifier()
    for model in (first, second):
        assert [model.classify(text) for text in TEXTS] == [packed.classify(text) for text in TEXTS]


def test_what_is_not_whole_or_not_ours_is_not_read() -> None:
    language_model.identifier()
    folder = _folder()
    assert language_model._mapped(folder) is not None
    folder.chmod(0o777)  # anyone may have written there
    assert language_model._mapped(folder) is None
    folder.chmod(0o700)
    (folder / "tk_row.npy").write_bytes(b"cut")
    assert language_model._mapped(folder) is None
    assert language_model.identifier().classify(TEXTS[1])[0] == "de"
    assert language_model._mapped(folder) is not None, "it was written anew"


@pytest.mark.parametrize("where", ["relative", "a file"])
def test_without_a_folder_the_packed_model_is_read(where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", "here" if where == "relative" else str(tmp_path / "file"))
    assert language_model.identifier().classify(TEXTS[0])[0] == "en"
    assert os.listdir(tmp_path) == ["file"]
