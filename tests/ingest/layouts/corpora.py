"""Tiny corpora in their true forms, each with the traps that are known of it."""

from __future__ import annotations

from pathlib import Path

from tests.ingest.layouts.speech import put_audio, put_text

CV_HEADER = [
    "client_id",
    "path",
    "sentence_id",
    "sentence",
    "sentence_domain",
    "up_votes",
    "down_votes",
    "age",
    "gender",
    "accents",
    "variant",
    "locale",
    "segment",
]


def common_voice(root: Path) -> None:
    """Release 17 and later: quotes that do not close, Windows's line ends, a byte order mark, a clip missing, one unnamed."""
    said = ["2", "0", "twenties", "male_masculine", "England English", "", "en", ""]
    silent = ["2", "0", "", "", "", "", "en", ""]
    several = ["2", "0", "", "", "Scottish English|Irish", "", "en", ""]
    rows = [
        ["c1", "common_voice_en_1.mp3", "s1", 'He said "no', "", *said],
        ["c1", "common_voice_en_2", "s2", '"Yes" and then', "", *said],
        ["c2", "common_voice_en_3.mp3", "s3", "Tab\u2019s end", "", *silent],
        ["c2", "common_voice_en_4.mp3", "s4", "No clip", "", *silent],
        ["c3", "common_voice_en_5.MP3", "s5", 'Five"', "", *several],
    ]
    text = "\n".join("\t".join(row) for row in [CV_HEADER, *rows]) + "\n"
    put_text(root / "en" / "validated.tsv", text, bom=True, windows=True)
    put_text(root / "en" / "other.tsv", "\t".join(CV_HEADER) + "\n")
    for number, name in enumerate(["1.mp3", "2.mp3", "3.mp3", "5.mp3", "9.mp3"]):
        put_audio(root / "en" / "clips" / f"common_voice_en_{name}", number)


def vctk(root: Path) -> None:
    """0.92: two microphones, p315 without texts, p280 without the second microphone, a text without recordings."""
    put_text(
        root / "speaker-info.txt",
        "ID  AGE  GENDER  ACCENTS  REGION COMMENTS \n"
        "p225  23  F    English    Southern  England\n"
        "p280  25  F    Unknown    France (mic2 files unavailable)\n"
        "p315  18  M    American   New  England (no text files available)\n"
        "p225  99  F    English    twice\n",
        windows=True,
    )
    sounds = root / "wav48_silence_trimmed"
    for number, name in enumerate(["p225_001_mic1", "p225_001_mic2", "p225_002_mic1"]):
        put_audio(sounds / "p225" / f"{name}.flac", number)
    put_audio(sounds / "p280" / "p280_001_mic1.flac", 5)
    put_audio(sounds / "p315" / "p315_001_mic1.flac", 6)
    put_audio(sounds / "p315" / "p315_001_mic2.flac", 7)
    put_text(root / "txt" / "p225" / "p225_001.txt", "Please call Stella.\n")
    put_text(root / "txt" / "p225" / "p225_002.txt", "Ask her.\n", bom=True)
    put_text(root / "txt" / "p225" / "p225_003.txt", "Nobody recorded this.\n")
    put_text(root / "txt" / "p280" / "p280_001.txt", "Please call Stella.\n")


def l2_arctic(root: Path) -> None:
    """A clip without a transcript, a transcript without a clip, and the suitcase corpus."""
    for number, (speaker, utterance) in enumerate([("ABA", "a0001"), ("ABA", "a0002"), ("TLV", "a0001"), ("TLV", "b0007")]):
        put_audio(root / speaker / "wav" / f"arctic_{utterance}.wav", number)
    put_text(root / "ABA" / "transcript" / "arctic_a0001.txt", "Author of the danger trail")
    put_text(root / "ABA" / "transcript" / "arctic_a0003.txt", "Nobody recorded this")
    put_text(root / "TLV" / "transcript" / "arctic_a0001.txt", "Author of the danger trail\r\n")
    put_text(root / "TLV" / "transcript" / "arctic_b0007.txt", "Another one")
    put_audio(root / "suitcase_corpus" / "wav" / "aba.wav", 9)
    put_text(root / "suitcase_corpus" / "transcript" / "aba.txt", "There was a suitcase")
    put_text(root / "README.md", "# L2-ARCTIC")


def speech_accent_archive(root: Path) -> None:
    """The archive as Kaggle has it: names without extension, files that are missing and said to be, columns without names."""
    put_text(
        root / "speakers_all.csv",
        "age,age_onset,birthplace,filename,native_language,sex,speakerid,country,file_missing?,,,\n"
        '27,9,"virginia, south africa",afrikaans1,afrikaans,female,1,south africa,FALSE,,,\n'
        '40,5,"pretoria, south africa",english2,english,male,2,uk,FALSE,,,\n'
        "19,0,,nicaragua,english,male,3,usa,TRUE,,,\n",
        windows=True,
    )
    put_audio(root / "recordings" / "recordings" / "afrikaans1.mp3", 1)
    put_audio(root / "recordings" / "recordings" / "english2.mp3", 2)


def edacc(root: Path) -> None:
    """Two-party conversations in stm files, unscored segments, and a questionnaire of long questions."""
    top = root / "edacc_v1.0"
    put_audio(top / "data" / "EDACC-C06.wav", 3, 3.0)
    put_text(
        top / "dev" / "stm",
        ";; comment\n"
        "EDACC-C06 1 EDACC-C06-A 0.00 0.90 <male,l1> C ELEVEN DASH P ONE\n"
        "EDACC-C06 1 EDACC-C06-B 0.90 1.70 <female,l2> YES\n"
        "EDACC-C06 1 EDACC-C06-A 1.70 2.10 <male,l1> IGNORE_TIME_SEGMENT_IN_SCORING\n"
        "EDACC-C06 1 EDACC-C06-B 2.10 9.70 <female,l2> PAST THE END\n"
        "EDACC-C06 1 broken\n",
    )
    put_text(
        top / "linguistic_background.csv",
        "\ufeffTimestamp,PARTICIPANT_ID,What is your gender?,What\u2019s your year of birth? (e.g. 1992),"
        '"How would you describe your accent in English? (e.g. Italian, Glaswegian)",What is your first language?\n'
        "1,EDACC-C06-A,Male,1990,Southern British,English\n"
        '2,EDACC-C06-B,Female,1991,"Catalan, a bit",Catalan\n',
    )


def coraal(root: Path) -> None:
    """Pauses as lines, an interviewer without metadata, a speaker with two rows of metadata, audio in another folder."""
    put_text(
        root / "ATL_textfiles_2020.05" / "ATL_se0_ag1_f_01_1.txt",
        "Line\tSpkr\tStTime\tContent\tEnTime\n"
        "1\tATL_int_01\t0.0\tSo [what\u2019s up?]\t0.9\n"
        "2\tATL_int_01\t0.9\t(pause 0.10)\t1.0\n"
        '3\tATL_se0_ag1_f_01\t1.0\t[He said "Nah.]\t1.9\n'
        "4\tATL_se0_ag1_f_01\t1.9\tNot here\t\n",
        windows=True,
    )
    put_text(
        root / "ATL_metadata_2020.05.txt",
        "CORAAL.Sub\tCORAAL.Spkr\tCORAAL.File\tPrimary.Spkr\tGender\tAge\tAge.Group\n"
        "ATL\tATL_se0_ag1_f_01\tATL_se0_ag1_f_01_1\tyes\tFemale\t24\t19-29\n"
        "ATL\tATL_se0_ag1_f_01\tATL_se0_ag1_f_01_2\tyes\tFemale\t24\t19-29\n",
    )
    put_audio(root / "ATL_audio_part01_2020.05" / "ATL_se0_ag1_f_01_1.wav", 2, 3.0)


AFRISPEECH_HEADER = (
    "idx,user_ids,accent,age_group,country,transcript,nchars,audio_ids,audio_paths,duration,origin,domain,split,gender"
)


def afrispeech_200(root: Path) -> None:
    """Paths that begin with another directory's name, quoted line ends, a missing clip, an empty file of a split."""
    put_text(
        root / "transcripts" / "train.csv",
        f"{AFRISPEECH_HEADER}\n"
        '0,u1,yoruba,19-25,NG,"A patient, said\nso",9,a1,/AfriSpeech-100/train/f1/aa.wav,0.8,nigerian,clinical,train,Female\n'
        "1,u2,swahili,26-40,KE,General,7,a2,/AfriSpeech-100/train/f2/bb.wav,0.8,kenyan,general,train,Male\n"
        "2,u2,swahili,26-40,KE,Gone,7,a3,/AfriSpeech-100/train/f2/cc.wav,0.8,kenyan,general,train,Male\n",
    )
    put_text(root / "transcripts" / "dev.csv", f"{AFRISPEECH_HEADER}\n")
    put_audio(root / "audio" / "yoruba" / "train" / "f1" / "aa.wav", 1)
    put_audio(root / "audio" / "swahili" / "train" / "f2" / "bb.wav", 2)


def librispeech(root: Path) -> None:
    """A recording without a line, a line without a recording."""
    chapter = root / "LibriSpeech" / "dev-clean" / "84" / "121123"
    put_text(chapter / "84-121123.trans.txt", "84-121123-0000 GO DO YOU HEAR\n84-121123-0001 BUT IN LESS\n84-121123-0003 GONE\n")
    for number in (0, 1, 2):
        put_audio(chapter / f"84-121123-{number:04d}.flac", number)
    put_text(
        root / "LibriSpeech" / "SPEAKERS.TXT",
        ";ID  |SEX| SUBSET           |MINUTES| NAME\n84   | F | dev-clean        |  8.02 | Christie Nowak\n",
    )


def timit(root: Path) -> None:
    """SPHERE files under the name of WAV files, capitals, a transcript without a recording."""
    speaker = root / "TIMIT" / "TRAIN" / "DR1" / "FCJF0"
    put_audio(speaker / "SA1.WAV", 1, container="NIST")
    put_text(speaker / "SA1.TXT", "0 46797 She had your dark suit.\n")
    put_text(speaker / "SA1.PHN", "0 3050 h#\n")
    put_audio(speaker / "SI648.WAV", 2, container="NIST")
    put_text(speaker / "SI648.TXT", "0 46797 A sailboat may have.\n", windows=True)
    put_text(speaker / "SX37.TXT", "0 46797 Gone.\n")
    lower = root / "TIMIT" / "test" / "dr7" / "mabc1"
    put_audio(lower / "sx1.wav", 3, container="NIST")
    put_text(lower / "sx1.txt", "0 46797 Small letters.\n")
    put_text(
        root / "TIMIT" / "DOC" / "SPKRINFO.TXT",
        ";ID  Sex DR Use  RecDate   BirthDate  Ht    Race Edu  Comments\nCJF0  F  1  TRN  01/29/86  10/28/61  5'4\"  WHT  BS\n",
    )


def openslr_83(root: Path) -> None:
    """No header, spaces after commas, commas in transcripts that are not quoted, a missing clip."""
    welsh, irish = root / "welsh_english_female", root / "irish_english_male"
    put_text(
        welsh / "line_index.csv",
        "EN0001, wef_02484_00388340153, It is thirteen degrees, isn't it?\nEN0002, wef_02484_00388340154, Gone\nbroken\n",
    )
    put_text(irish / "line_index.csv", 'EN0003, irm_03397_00479840606, "Quoted, with ""marks"""\n', bom=True)
    put_audio(welsh / "wef_02484_00388340153.wav", 1)
    put_audio(irish / "irm_03397_00479840606.wav", 2)


def fair_speech(root: Path) -> None:
    """No speaker named; ranges of ages; an unbalanced quote."""
    put_text(
        root / "downloaded_file.tsv",
        "hash_name\ttranscription\tage\tgender\tfirst_language\tsocioeconomic_bkgd\tethnicity\n"
        "0a1b\they facebook answer the call\t18 - 22\tfemale\tEnglish\tLow\tWhite\n"
        "0c2d\tplay music\t18 - 22\tfemale\tEnglish\tLow\tWhite\n"
        "0e3f\tcall mom\t31 - 45\tmale\tSpanish\tMedium\tHispanic, Latino\n"
        "0e4f\tgone\t31 - 45\tmale\tSpanish\tMedium\tHispanic, Latino\n",
    )
    for number, name in enumerate(["0a1b", "0c2d", "0e3f"]):
        put_audio(root / "asr_fairness_audio" / f"{name}.wav", number)
