"""Words that corpora use for accents and languages, as their tables, readmes and papers have them."""

from __future__ import annotations


def words(text: str) -> list[str]:
    """What stands between bars."""
    return [" ".join(word.split()) for word in text.split("|")]


COMMON_VOICE = {
    "us": "United States English",
    "england": "England English",
    "indian": "India and South Asia (India, Pakistan, Sri Lanka)",
    "australia": "Australian English",
    "canada": "Canadian English",
    "scotland": "Scottish English",
    "african": "Southern African (South Africa, Zimbabwe, Namibia)",
    "newzealand": "New Zealand English",
    "ireland": "Irish English",
    "philippines": "Filipino",
    "hongkong": "Hong Kong English",
    "wales": "Welsh English",
    "bermuda": "West Indies and Bermuda (Bahamas, Bermuda, Jamaica, Trinidad)",
    "malaysia": "Malaysian English",
    "singapore": "Singaporean English",
    "southatlandtic": "South Atlantic (Falkland Islands, Saint Helena)",
}
"""The codes in ``accent`` of the first releases, and the sentences they stand for, which the later ones' ``accents`` holds."""

COMMON_VOICE_FREE = words(
    """
Philippino | Singaporian English | Northern Irish | German English,Non native speaker | Liverpool English,Lancashire
English,England English | Dutch | Dutch English | East African Khoja | Austrian | Thai | Eastern European English |
European,German,Foreign,Non-native | United States English,Midwestern,Low,Demure | United States English,Southwestern United
States English | United States English,southern United States,New Orleans dialect | United States English,England English |
England English,New Zealand English | Bangladeshi | California | Nepali | New York City | New Jerseyan | Northumbrian British
English | Nottinghamshire,East Midlands | 2nd Language | A variety of Texan English with some German influence that has
undergone the cot-caught merger | Academic southern English,England English | Argentinian English | Bangladesh,India and South
Asia (India, Pakistan, Sri Lanka) | Brazillian Accent | British accent | Caribbean Canadian | Colombian Accent | Czech accent |
East Indian | East London | England,london,academic | Fluent,E SL,European | Generic European | Georgian English | Haitian
Creole | Hispanic | Hispanic/Latino | Hong Kong English,Scottish English | Hunglish | International English,United States
English,Australian English | Israeli English | Javanese,Indonesian English,Malaysian English | Kazakhstan English | Kiwi | Latin
America,United States English | Latin American accent | Latin English | Latino | Latvian | Liverpudlian English | Mexican accent
| Mid-Atlantic,England English,United States English | Midatlantic,England English | Midwestern States (Michigan),United States
English | Mild Northern England English | Minor French accent | Non native speaker from France | Non-native | Non-native,German
accent | North European English | Norwegian | Ontario,Canadian English | Polish English | Rhode Island New England accent |
Slavic | South African | South Australia | South Indian | Southern drawl | Southern Texas Accent,United States English |
Southern United States,United States English | Spanish bilingual | Spanish,Foreign,Non-native | Strong Latvian accent | Swedish
accent | U.K. English | West African | West Indian | Western Europe | With heavy Cantonese accent | Swiss | Swiss German |
Nigeria English | England, southern accent, slight west-country expression | Russian | Ukrainian | Indian Accent | India | Tamil
"""
)
"""What people wrote themselves, and the early site's spellings; GLOBE has the same."""

VCTK = words(
    """
English | American | Scottish | Irish | Indian | Welsh | Canadian | SouthAfrican | NorthernIrish | NewZealand English |
Australian | Australian English | British | Unknown
"""
)
"""``ACCENTS`` of speaker-info.txt."""

L2_ARCTIC = words(
    """
Hindi | Korean | Mandarin | Spanish | Arabic | Vietnamese
"""
)
"""First languages."""

EDACC = words(
    """
Italian | International | American | English | Latin American | British | Romanian | Standard Indian English | Trans-Atlantic |
Slightly American | European | Scottish (Fife) | English with Scottish inflections | Indian | Asian | NA | German | South London
| Dutch | Mostly West Coast American with some Australian Intonation | Japanese | Chinese | Generic middle class white person |
French | Chinese accent or mixed accent(US, UK, China..) perhaps | American accent | Catalan | American, I guess. | Spanish
American | Spanish | Standard American,Scottish | Bulgarian | Latin | Latín American | Mexican | North American | Afrian |
Nigerian | East-European | Eastern European | Southern London | American with a slight accent | American-ish | Indian /
Pakistani accent | Pakistani/American | African accent | Kenyan | Ghanaian | Spanish accent | Lithuanian | Lithuanian (eastern
European) | Indonesian | Egyptian | South African English | Neutral | Neutral accent | Neutral English, Italian | Fluent |
Glaswegian | Glaswegian (not slang) | Irish | Jamaican | Jamaican accent | Irish/ Dublin | South Dublin Irish | italian |
italian mixed with American and British English | Italian mixed with American accent | South American | Brazilian accent |
Israeli | Vietnamese accent | Southern Irish | Slight Vietnamese accent | Midwestern United States | Vietnamese English |
Vietnamese | Hindi | Indian English | Urdu | Sinhalese | Southern British English | Mainstream US English | Scottish English |
Irish English | Spanish (Mexican) | Portoguese | Maltese | Bahasa | Filipino | Tagalog | Mandarin | Korean | Nigerian English |
Kenyan English | Ghanain English | Russian | Polish | Macedonian | Montenegrin | Icelandic | Arabic | Hebrew | Jamaican English
| Ghanaian English
"""
)
"""Answers to the questionnaire, the cleaned accents and the first languages."""

AFRISPEECH_200 = words(
    """
yoruba | igbo | swahili | hausa | ijaw | afrikaans | idoma | zulu | setswana | twi | isizulu | igala | izon | kiswahili | ebira
| luganda | urhobo | nembe | ibibio | pidgin | luhya | kinyarwanda | xhosa | tswana | esan | alago | tshivenda | fulani | isoko
| akan (fante) | ikwere | sepedi | efik | edo | luo | kikuyu | bekwarra | isixhosa | hausa/fulani | epie | isindebele | venda
and xitsonga | sotho | akan | nupe | anaang | english | afemai | shona | eggon | luganda and kiswahili | ukwuani | sesotho |
benin | kagoma | nasarawa eggon | tiv | south african english | borana | swahili ,luganda ,arabic | ogoni | mada | bette | berom
| bini | ngas | etsako | okrika | venda | siswati | damara | yoruba, hausa | southern sotho | kanuri | itsekiri | ekpeye |
mwaghavul | bajju | luo, swahili | dholuo | ekene | jaba | ika | angas | ateso | brass | ikulu | eleme | chichewa | oklo | meru
| agatu | okirika | igarra | ijaw(nembe) | khana | ogbia | gbagyi | portuguese | delta | bassa | etche | kubi | jukun | igbo and
yoruba | urobo | kalabari | ibani | obolo | idah | bassa-nge/nupe | yala mbembe | eket | afo | ebiobo | nyandang | ishan | bagi
| estako | gerawa
"""
)
"""``accent``: languages, spelt as in the tables."""

SPEECH_ACCENT_ARCHIVE = words(
    """
aceh | afrikaans | agni | agny | akan | albanian | amazigh | american sign language | amharic | antigua and barbuda creole
english | anyin | appolo | arabic | aramaic | armenian | aromanian | ashanti | asl | azerbaijani | azerbaijani, south | azeri
turk | babur | bafang | baga | bahasa indonesia | bai | balant | balanta ganja | balanta | bamanankan | bambara | bamun |
banganthe | bangla | baoule | bari | basque | bassa | bavarian | bayangi | belarusan | bengali | bikol | bisayan | bislama |
bosnian | bulgarian | burmese | cameroon creole english | cantonese | carolinian | castellano | catalan | cebuano | chaam |
chagga | chaldean | chaldean neo aramaic | chamorro | charapa-spanish | chichewa | chin, mizo | chinese | chittagonian |
chuukese | cotocoli | creole | creole french | crioulo | croatian | czech | danish | dari | darija | dholuo | dinka | djola |
dutch | eastern farsi | ebira | edo | efik | english | estonian | ewe | fang | fanti | faroese | farsi | fataluku | fefe |
fijian | filipino | finnish | flemish | french | frisian | fulani | fulfulde | fulfulde adamawa | ga | gaddang | gaelic |
gamugna | gan | ganda | garhwali | garifuna | gedeo | georgian | german | giriama | grebo | greek | gujarati | gurung | gusii |
hadiyya | hainanese | haitian creole french | hakka | harari | haruku | hausa | hawai'i creole english | hawai'ian pidgin | hawu
| hebrew | hijazi | hiligaynon | hindi | hindi-urdu | hindko | hmong | hmong daw | hokkien | home sign | hungarian | ibibio |
icelandic | ife | igbo | ikalanga | ilocano | ilonggo | indonesian | irish | irish gaelic | italian | jamaican creole english |
japanese | japanese sign language | javanese | jola | kabye | kabyle | kalanga | kamba | kambaata | kamtok | kannada | kanuri |
kapampangan | kazakh | kembata | khalkha mongol | khasonke | khmer | kiambu | kiha | kikongo | kikuyu | kilba | kinyarwanda |
kirghiz | kirundi | kisii | kiswahili | klao | kongo | konkani | korean | kresh | krio | kru | kuanua | kupang | kurdi | kurdish
| kurmanji | kutchi | kyrgyz | lamaholot | lamotrekese | lao | latvian | liberian english | liberian pidgin english | lingala |
lithuanian | losso | low saxon | luba-kasai | luganda | luo | luxembourgeois | maasai | macedonian | malagasy | malay |
malayalam | maltese | mancagne | mandarin | mandingo | mandingue | mandinka | manem | maninkakan | mankanya | manual
communication | maori | marathi | marwari | masbatenyo | mauritian | mbala | mende | min | min dong | min nan | mina | miskito |
mizo | moba | mongolian | montenegrin | moore | morisyen | mortlockese | nagi | najdi | nama | nandi | naxi | ndebele | nepali |
newar | newari | ngemba | nicaragua creole english | nobiin | northern sotho | norwegian | nuer | nyanja | nyankore | oku |
omani arabic | oriya | oromo | ossetic | pahari | panjabi | papiamentu | pashto | patois | persian | pidgin | pidgin english |
piemontese | pijin | pohnpeian | polish | poonchi | portuguese | potwari | pulaar | punjabi | quechua | rajasthani | romanian |
rotuman | rundi | russian | rwanda | sa'a | saraiki | sardinian | sarua | satawalese | schwyzerdütsch | sepedi | serbian | serer
| serer sine | sesotho | setswana | shan | sherpa | shilluk | shona | sicilian | sign language | sikka | sindhi | sinhala |
sinhalese | slovak | slovenian | soga | solomon islands pidgin | somali | songhay | sotho | spanish | sunda | sundanese | susu |
swahili | swedish | swiss german | sylheti | synthesized | tachelhit | tagalog | taishan | taiwanese | tajiki | tamajeq |
tamazight | tamil | tangale | tatar | telugu | temne | teochew | tetum | tetun-dili | thai | tibetan | tigre | tigrigna | tok
pisin | tongan | tshiluba | tswana | tulu | tumbuka | turkish | turkmen | twi | ukrainian | ulithian | ulster scots | urdu |
uyghur | uzbek | vietnamese | visayan | vlaams | voro | wali | welsh | woleaian | wolof | wu | xasonga | xiang | yakut | yao |
yapese | yiddish | yoruba | yue | yupik | zarma | zulu
"""
)
"""Native languages of the archive's speakers, and the other names it gives them."""
