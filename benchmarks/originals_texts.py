"""Short articles in languages that ../shared holds none in: written for this project, two a language.

Each is as a local paper writes it, and long enough to be told by its words: the world of originals is to be read in
every script, not in those alone that the pages at hand are written in.
"""

from __future__ import annotations

__all__ = ["OWN_TEXTS"]

#: Language (ISO 639-1), title, and paragraphs.
OWN_TEXTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("uk", "Міська бібліотека змінює години роботи взимку", (
        "Рада міської бібліотеки зібралася в понеділок увечері, щоб вирішити, коли взимку відчинятимуть читальні зали.",
        "Дві працівниці зачитали дані за три роки: після шостої вечора приходить лише кожен десятий читач.",
        "Нові години почнуть діяти в листопаді, а філія біля старого млина залишиться зачиненою до "
        "весни через ремонт даху.",
    )),
    ("uk", "Пором через річку знову ходить після повені", (
        "Після трьох тижнів перерви пором між двома берегами знову перевозить пасажирів, повідомили в порту.",
        "Повінь пошкодила причал і канат, тож майстри мусили замінити обидва; робота коштувала менше, ніж боялися.",
        "Перший рейс вирушає о шостій ранку, квиток коштує стільки само, як і торік, а школярі їздять безкоштовно.",
    )),
    ("el", "Νέο χειμερινό ωράριο για τη δημοτική βιβλιοθήκη", (
        "Το συμβούλιο της δημοτικής βιβλιοθήκης συνεδρίασε τη Δευτέρα το βράδυ για να ορίσει το ωράριο του χειμώνα.",
        "Δύο βιβλιοθηκονόμοι διάβασαν τα στοιχεία τριών ετών: μετά τις έξι έρχεται μόνο ένας στους δέκα αναγνώστες.",
        "Το νέο ωράριο αρχίζει τον Νοέμβριο, ενώ το παράρτημα δίπλα στον παλιό μύλο μένει κλειστό ως την άνοιξη.",
    )),
    ("el", "Το πορθμείο ξαναρχίζει τα δρομολόγια μετά την πλημμύρα", (
        "Ύστερα από τρεις εβδομάδες το πορθμείο μεταφέρει και πάλι επιβάτες από τη μία όχθη στην άλλη, λέει το λιμάνι.",
        "Η πλημμύρα χάλασε την αποβάθρα και το συρματόσχοινο, και οι τεχνίτες έπρεπε να αλλάξουν και τα δύο.",
        "Το πρώτο δρομολόγιο φεύγει στις έξι το πρωί, το εισιτήριο κοστίζει όσο πέρυσι και οι "
        "μαθητές ταξιδεύουν δωρεάν.",
    )),
    ("he", "הספרייה העירונית משנה את שעות הפתיחה בחורף", (
        "הנהלת הספרייה העירונית התכנסה ביום שני בערב כדי לקבוע מתי ייפתחו אולמות הקריאה בחודשי החורף הקרובים.",
        "שתי ספרניות הקריאו את הנתונים של שלוש השנים האחרונות: אחרי השעה שש מגיע רק אחד מכל עשרה קוראים.",
        "השעות החדשות ייכנסו לתוקף בנובמבר, והסניף שליד הטחנה הישנה יישאר סגור עד האביב בגלל תיקון הגג.",
    )),
    ("he", "המעבורת חוזרת לפעול שלושה שבועות אחרי השיטפון", (
        "אחרי הפסקה של שלושה שבועות המעבורת שוב מעבירה נוסעים בין שתי גדות הנהר, כך נמסר מהנהלת הנמל.",
        "השיטפון פגע ברציף ובכבל, ובעלי המלאכה נאלצו להחליף את שניהם; העבודה עלתה פחות ממה שחששו תחילה.",
        "ההפלגה הראשונה יוצאת בשש בבוקר, מחיר הכרטיס נשאר כמו בשנה שעברה, ותלמידים נוסעים ללא תשלום.",
    )),
    ("hu", "Télen másképp tart nyitva a városi könyvtár", (
        "A városi könyvtár tanácsa hétfő este ülésezett, hogy eldöntse, mikor legyenek nyitva télen az olvasótermek.",
        "Két könyvtáros felolvasta az elmúlt három év adatait: este hat után már csak minden tizedik olvasó érkezik.",
        "Az új nyitvatartás novemberben lép életbe, a régi malom melletti fiók pedig a tető "
        "javítása miatt tavaszig zárva marad.",
    )),
    ("hu", "Újra jár a komp az árvíz után", (
        "Háromhetes szünet után ismét szállít utasokat a komp a folyó két partja között, közölte a kikötő vezetője.",
        "Az árvíz megrongálta a stéget és a kötelet, ezért mindkettőt ki kellett cserélni; a munka "
        "olcsóbb volt, mint féltek tőle.",
        "Az első járat reggel hatkor indul, a jegy annyiba kerül, mint tavaly, az iskolások pedig ingyen utaznak.",
    )),
    ("ro", "Biblioteca orașului își schimbă programul de iarnă", (
        "Consiliul bibliotecii s-a întrunit luni seara ca să hotărască când vor fi deschise sălile "
        "de lectură în timpul iernii.",
        "Două bibliotecare au citit cifrele ultimilor trei ani: după ora șase seara mai vine doar "
        "unul din zece cititori.",
        "Programul nou începe în noiembrie, iar filiala de lângă moara veche rămâne închisă până "
        "în primăvară, cât se repară acoperișul.",
    )),
    ("ro", "Bacul trece din nou râul după inundație", (
        "După o pauză de trei săptămâni, bacul duce din nou călători de pe un mal pe celălalt, "
        "anunță conducerea portului.",
        "Inundația a stricat debarcaderul și cablul, așa că meșterii au trebuit să le schimbe pe "
        "amândouă; lucrarea a costat mai puțin.",
        "Prima cursă pleacă la șase dimineața, biletul costă cât anul trecut, iar elevii călătoresc fără plată.",
    )),
    ("fi", "Kaupunginkirjasto muuttaa talven aukioloaikoja", (
        "Kaupunginkirjaston johtokunta kokoontui maanantai-iltana päättämään, milloin lukusalit ovat talvella auki.",
        "Kaksi kirjastonhoitajaa luki kolmen vuoden luvut: kello kuuden jälkeen tulee enää joka kymmenes lukija.",
        "Uudet ajat alkavat marraskuussa, ja vanhan myllyn viereinen sivukirjasto pysyy kiinni "
        "kevääseen katon korjauksen vuoksi.",
    )),
    ("fi", "Lossi kulkee taas tulvan jälkeen", (
        "Kolmen viikon tauon jälkeen lossi kuljettaa jälleen matkustajia joen rannalta toiselle, "
        "kertoo sataman johtaja.",
        "Tulva rikkoi laiturin ja vaijerin, joten molemmat oli vaihdettava; työ maksoi vähemmän kuin aluksi pelättiin.",
        "Ensimmäinen vuoro lähtee aamukuudelta, lippu maksaa saman verran kuin viime vuonna ja "
        "koululaiset matkustavat ilmaiseksi.",
    )),
    ("vi", "Thư viện thành phố đổi giờ mở cửa mùa đông", (
        "Hội đồng thư viện thành phố họp tối thứ Hai để quyết định giờ mở cửa các phòng đọc trong mùa đông năm nay.",
        "Hai thủ thư đọc số liệu của ba năm qua: sau sáu giờ tối chỉ còn một phần mười số bạn đọc tìm đến thư viện.",
        "Giờ mới bắt đầu từ tháng Mười Một, còn chi nhánh bên cối xay cũ vẫn đóng cửa đến mùa xuân để sửa mái.",
    )),
    ("vi", "Chuyến phà qua sông chạy lại sau trận lụt", (
        "Sau ba tuần tạm ngừng, chuyến phà lại chở khách từ bờ này sang bờ kia, ban quản lý bến cho biết.",
        "Trận lụt làm hỏng cầu tàu và dây cáp nên thợ phải thay cả hai; chi phí ít hơn người ta lo ngại lúc đầu.",
        "Chuyến đầu tiên rời bến lúc sáu giờ sáng, giá vé vẫn như năm ngoái và học sinh được đi miễn phí.",
    )),
    ("id", "Perpustakaan kota mengubah jam buka", (
        "Dewan perpustakaan kota bertemu pada Senin malam untuk menentukan kapan ruang baca dibuka selama musim hujan.",
        "Dua pustakawan membacakan angka tiga tahun terakhir: setelah pukul enam sore hanya satu "
        "dari sepuluh pembaca yang datang.",
        "Jam baru mulai berlaku pada bulan November, sedangkan cabang di dekat penggilingan lama "
        "tetap tutup sampai atapnya diperbaiki.",
    )),
    ("id", "Kapal penyeberangan kembali berlayar setelah banjir", (
        "Setelah berhenti selama tiga minggu, kapal penyeberangan kembali mengangkut penumpang "
        "antara kedua tepi sungai, kata pengelola.",
        "Banjir merusak dermaga dan kabelnya sehingga para tukang harus mengganti keduanya; "
        "biayanya lebih kecil daripada yang ditakutkan.",
        "Perjalanan pertama berangkat pukul enam pagi, harga tiket sama seperti tahun lalu, dan "
        "anak sekolah tidak perlu membayar.",
    )),
    ("th", "ห้องสมุดเทศบาลปรับเวลาเปิดทำการ", (
        "คณะกรรมการห้องสมุดเทศบาลประชุมเมื่อเย็นวันจันทร์เพื่อกำหนดว่าห้องอ่านหนังสือจะเปิดเมื่อใดในช่วงฤดูหนาวนี้",
        "บรรณารักษ์สองคนอ่านตัวเลขของสามปีที่ผ่านมา หลังหกโมงเย็นมีผู้อ่านเหลือเพียงหนึ่งในสิบคนเท่านั้น",
        "เวลาใหม่จะเริ่มใช้ในเดือนพฤศจิกายน ส่วนสาขาข้างโรงสีเก่ายังปิดอยู่จนถึงฤดูร้อนเพราะต้องซ่อมหลังคา",
    )),
    ("th", "เรือข้ามฟากกลับมาให้บริการหลังน้ำท่วม", (
        "หลังจากหยุดไปสามสัปดาห์ เรือข้ามฟากกลับมารับส่งผู้โดยสารระหว่างสองฝั่งแม่น้ำอีกครั้ง ผู้ดูแลท่าเรือกล่าว",
        "น้ำท่วมทำให้ท่าเทียบเรือและสายเคเบิลเสียหาย ช่างจึงต้องเปลี่ยนทั้งสองอย่าง แต่ค่าใช้จ่ายน้อยกว่าที่กังวลไว้",
        "เที่ยวแรกออกเวลาหกโมงเช้า ค่าโดยสารเท่ากับปีที่แล้ว และนักเรียนขึ้นเรือได้โดยไม่ต้องเสียเงิน",
    )),
    ("fa", "کتابخانه شهر ساعت کار زمستانی را تغییر می‌دهد", (
        "هیئت کتابخانه شهر دوشنبه شب جلسه داشت تا تصمیم بگیرد تالارهای مطالعه در زمستان چه ساعت‌هایی باز باشند.",
        "دو کتابدار ارقام سه سال گذشته را خواندند: پس از ساعت شش عصر از هر ده خواننده تنها یک نفر می‌آید.",
        "ساعت‌های تازه از آبان آغاز می‌شود و شعبه کنار آسیاب قدیمی تا بهار برای تعمیر بام بسته می‌ماند.",
    )),
    ("fa", "قایق مسافربری پس از سیل دوباره راه افتاد", (
        "پس از سه هفته توقف، قایق مسافربری بار دیگر مسافران را از یک کرانه رود به کرانه دیگر می‌برد، مدیر بندر گفت.",
        "سیل به اسکله و کابل آسیب زده بود و استادکاران ناچار شدند هر دو را عوض کنند؛ هزینه کمتر از "
        "آن بود که بیم داشتند.",
        "نخستین سفر ساعت شش بامداد آغاز می‌شود، بهای بلیت مانند پارسال است و دانش‌آموزان رایگان سوار می‌شوند.",
    )),
)  # fmt: skip
