extension TaxonomyUtterances {
    /// Take facts out of a given text, or answer from it.
    static let extraction = #"""
        [extract|pull out|list|find|get] [all|] [the|] [names|dates|email addresses|phone numbers|companies|places|amounts of money|ingredients|product names|keywords|people mentioned] [from|in] [the following|this|the] [text|email|article|document|paragraph]:\n\n@passage
        [extract|return] the [invoice number, date and total|title, author and year|name, address and phone|entities and their relations] [as json|in a table|as csv|]\n\n@passage
        turn this into [json|a table|csv|key-value pairs]: @passage
        [based on|according to|using only|given] the [text|passage|context|article|paragraph] [below|above|], [who opened the shop|what happened in may|how much did it cost|when did she move|why did the costs grow]?\n\n@passage
        Context: @passage\n\nQuestion: [who|what|when|where|why|how many] [is mentioned first|moved|was closed|did they find|is the reason given]?\nAnswer:
        @passage\n\n[Question: |Q: |][what|who|when|where|how much|which] [is the main reason|was arrested|will it start|did he work|was the total|city is it about]?
        read the [passage|paragraph|article|story] and answer the question[s|] [below|]: @passage\n[what is the name of the person who|in what year did|which of them] ... ?
        answer the question from the [text|context|document]. if it is not there, say "not found". @passage question: [what is the fee|who presents the budget|how long is the review]
        i know that the answer to "[who called the support|what was sent]" is in this text, can you tell me what it is? @passage
        [find|quote] the sentence in the text that [says when the rent is due|supports this claim|mentions the cause]\n@passage
        what [details|key facts|information] about [him|her|the company|the person] can be [gathered|taken|extracted] from this bio? @passage
        here is a [job posting|cv|contract|receipt|log|transcript], [give me the required skills|what is the salary|list the obligations of the tenant|which items were bought|which errors occur|what was decided]:\n\n@passage
        what does the [contract|email|report|article] say about [late payment|the meeting|sleep|equipment]?\n@passage
        identify the [action items|deadlines|stakeholders|arguments|adverbs|verbs|named entities|symptoms and medication] in [this text|these notes|the following sentence]: @passage
        parse this [address|date|log line|order|resume]: @passage
        which [person|company|country] is mentioned in: @sentence
        [fill in|complete] this form from the email: name, date, request\n\n@passage
        who is speaking, to whom and about what? @passage
        Given these reviews, list each [movie|product] and its rating from 1 to 5 as a json array\n@review\n@review
        from the table below, [which row has the highest value|give me the sales in march|who has the most points]?\n| name | points |\n| ann | 12 |\n| bob | 15 |
        [extrae|saca|encuentra] [los nombres|las fechas|los correos|los datos] [del siguiente texto|de este texto]: @passage
        según el texto, ¿[quién|cuándo|dónde|por qué] [abrió la tienda|empieza el cierre|vive|subieron los costes]? @passage
        [extrais|relève|trouve] [les noms|les dates|les montants] [du texte suivant|dans ce texte] : @passage
        d'après le texte, [qui|quand|où] [a ouvert la librairie|commence la fermeture]? @passage
        [extrahiere|finde|liste] [alle namen|alle daten|die beträge] aus [dem folgenden text|dieser e-mail]: @passage
        beantworte die frage anhand des textes: @passage
        [extraia|encontre] [os nomes|as datas|os valores] do texto [abaixo|a seguir]: @passage
        [выпиши|найди|извлеки] [все имена|все даты|ключевые слова] из [текста|этого письма]: @passage
        [从下面的文本中|从这段话中][提取|找出][所有人名|日期|地点|关键信息]：@passage
        根据[上文|以下内容|文章]回答问题：[谁|什么时候|为什么][开了书店|开始|成本增加]？@passage
        次の文章から[名前|日付|金額]を[抽出して|抜き出して]ください：@passage
        다음 글에서 [이름|날짜|금액]을 [추출해줘|찾아줘]: @passage
        estrai [i nomi|le date] dal testo: @passage
        [wypisz|znajdź] [wszystkie daty|imiona] z tekstu: @passage
        """#

    /// Say a given text, or a long work, in fewer words.
    static let summarization = #"""
        [summarize|summarise|sum up|condense|shorten] [this|the following|the] [text|article|email|passage|paper|report|chapter|dialogue|conversation|meeting|document][:| in two sentences:| in 50 words:| in bullet points:| for a busy manager:|.]\n\n@passage
        [summarize|summarise]: @passage
        @passage\n\n[summarize this|tl;dr|tldr?|TL;DR:|in a nutshell,|sum it up in one sentence|what is the gist|give me the short version|summary please]
        [write|give me|generate|provide|make|create] [a|] [short|brief|one-paragraph|executive|concise|bullet point] summary [of|for] [this|the] [text|article|dialogue|above|email thread]:\n@passage
        can you [summarize|give me a summary of|condense|boil down] [this|what i wrote|the text below|these notes] [please|]?\n\n@passage
        [what is|what's] [the main idea|the gist|the key message|the takeaway|this text about] [of this text|here|]?\n\n@passage
        [what are|list|give me] the [key|main|most important] [points|takeaways|findings|ideas] [of|in|from] [this article|the text|the meeting|this transcript|the following]:\n@passage
        write [an abstract|a tl;dr|a one sentence headline|an outline|meeting minutes|a synopsis|highlights] for [this|the following text]: @passage
        extract the key points and summarize them: @passage
        make this shorter [without losing the meaning|, max 30 words|]: @passage
        [summarize|give me a summary of|summary of] [the book atomic habits|the great gatsby|chapter 3 of sapiens|the plot of hamlet|the movie inception|the paper attention is all you need|romeo and juliet|the odyssey]
        [summarize|sum up] [the history of @place|the causes of world war one|the theory of evolution|@topic] in [100 words|three sentences|five bullet points]
        summarize our conversation so far
        i have no time to read this, what does it say? @passage
        Article: @passage\n\nSummary:
        Dialogue: @passage\nWhat was that dialogue about, in one or two sentences?
        first, please read the article below.\n\n@passage\n\nnow, can you write me an extremely short abstract for it?
        Write a [title|headline|subject line] for this text: @passage
        condense the following into a tweet: @passage
        read this transcript and give me the minutes\n@passage
        turn these notes into a brief overview: @passage
        compare and summarize these two articles: @passage @passage
        here's the abstract of a paper. in [two|three] sentences, what did they find? @passage
        [resume|resúmeme|haz un resumen de] [este texto|el siguiente artículo|el libro cien años de soledad]: @passage
        @passage\n\nresumen en [una frase|tres puntos]
        [résume|fais un résumé de|peux tu résumer] [ce texte|cet article|le livre l'étranger] [en trois phrases|] : @passage
        [fasse|fass] [diesen text|den artikel|das gespräch] [kurz|in drei sätzen|] zusammen: @passage
        [schreibe|gib mir] eine [kurze|] zusammenfassung [von diesem text|des artikels]: @passage
        [resuma|faça um resumo de|resumir] [este texto|o artigo|o livro dom casmurro]: @passage
        [кратко перескажи|сделай краткое содержание|резюмируй] [этот текст|статью|книгу]: @passage
        [总结|概括|归纳][一下|][这段文字|下面的文章|这本书的主要内容|会议内容]：@passage
        [要約してください|この文章を要約して|三行でまとめて]：@passage
        [요약해줘|다음 글을 요약해 주세요|세 줄로 요약]: @passage
        [riassumi|fai un riassunto di] [questo testo|l'articolo]: @passage
        [streść|podsumuj|zrób streszczenie] [ten tekst|artykuł|książki]: @passage
        [özetle|bu metni özetler misin|kısa bir özet yaz]: @passage
        [ringkas|buat ringkasan] [teks ini|artikel berikut]: @passage
        لخص [هذا النص|المقال التالي]: @passage
        [tóm tắt] [đoạn văn sau|bài báo này]: @passage
        """#

    /// Put a label, a rating or a place on a scale on a given text.
    static let classification = #"""
        [classify|label|categorize|tag] [this|the following|each] [review|tweet|comment|email|ticket|sentence|message|text|headline] as [positive or negative|positive, negative or neutral|spam or not spam|bug, feature or question|urgent or not urgent|sports, business, world or technology]:\n@review
        is [this|the following] [review|comment|tweet|message|text] [positive or negative|spam|toxic|sarcastic|offensive|happy or sad|formal or informal]?\n\n@review
        what is the sentiment [of|expressed in] [this|the following] [review|sentence|tweet|text]?\n@review
        @review\n\n[What is the sentiment of this review?|Positive or negative?|Did the reviewer like it?|Sentiment:|How does the author feel?]
        @passage\n\n[Which section of a newspaper would this belong in?|What label best describes this news article?|Is this about world politics, sports, business, or science and technology?|Category:|Topic:]
        pick one category for the following text. the options are - [company, school, artist, athlete, plant|billing, technical, account|sports, politics, health]. @passage
        which of these categories [best|] [describes|fits] the [text|question|product]: [location, person, number, description|food, electronics, clothing]? @sentence
        Is this asking about a description, an entity, an abbreviation, a person, a quantity or a location? [who built the tower|how tall is it|what does it stand for]
        rate [this|the following] review from 1 to 5 stars: @review
        on a scale of [1 to 5|1 to 10], how [satisfied|angry|formal|positive] is the writer? @review
        [how would you rate|what would be the star rating of] this review? @review
        [detect|identify|determine] the [sentiment|emotion|intent|topic|language|tone|genre] of [this|the following] [text|message|sentence]: @review
        what language is this? [je ne sais pas|ich weiß nicht|no lo sé]
        does the second sentence [entail|contradict|follow from] the first? [yes, no or maybe|entailment, neutral, contradiction]. 1: @sentence 2: @sentence
        are these two [sentences|questions] [duplicates|paraphrases|about the same thing]? @sentence / @sentence
        Title: [Great product|Disappointed|Not worth it]\nReview: @review\nIs this review negative or positive?
        assign [a topic|one of these labels|a priority] to each [ticket|row|line]: 1. @review 2. @review 3. @review
        [sort|group] these [words|items|emails|feedback comments] into [categories|groups|topics]: [apple, hammer, pear, saw|dog, rose, oak, cat|invoice, refund, login]
        true or false label for each claim, no explanation
        tag the [parts of speech|entities] [in|of]: @sentence
        is this email phishing? @passage
        does this comment break the rules (yes/no)? @review
        route this customer message to the right team: billing, tech, sales. @review
        choose the intent: book_flight, cancel, greeting, other. utterance: @sentence
        classify the following [animals|words|substances|numbers|instruments] as [mammals or reptiles|nouns or verbs|acids or bases|prime or composite|string or percussion]: [whale, snake, bat|run, table, sing|vinegar, soap|9, 11, 15|violin, drum]
        [clasifica|di si] [esta reseña|este comentario|este texto] [es|como] positiva o negativa: @review
        ¿cuál es el sentimiento de este [texto|comentario]? @review
        [classe|classifie] [cet avis|ce commentaire] comme positif ou négatif : @review
        ist [diese bewertung|dieser kommentar] positiv oder negativ? @review
        ordne [den text|die nachricht] einer kategorie zu: sport, politik, wirtschaft. @passage
        [classifique|diga se] [esta avaliação|este comentário] [é|como] [positivo ou negativo|spam]: @review
        [определи|классифицируй] [тональность|тему|эмоцию] [отзыва|текста]: @review
        [判断|分类]：[这条评论是正面还是负面|这是垃圾邮件吗|属于哪个类别]？@review
        [次のレビュー|この文章]は[ポジティブですかネガティブですか|どのカテゴリーですか]：@review
        이 리뷰는 [긍정적이야 부정적이야|어떤 감정이야]: @review
        [classifica] questa recensione come positiva o negativa: @review
        bu yorum olumlu mu olumsuz mu: @review
        """#

    /// Carry a text from one human language into another.
    static let translation = #"""
        translate [this|the following|the text below|it|] [sentence|text|paragraph|email|] [to|into] @language: @sentence
        translate [this|the following|] [sentence|text|] from @language to @language[.|:]\n\n@sentence
        translate to @language: @sentence
        [translate|please translate|can you translate] [this|the following] [to|into|in] @language\n\n@passage
        how do [you|i] say "[good morning|thank you very much|i love you|where is the toilet|see you tomorrow|grass|it is snowing]" in @language
        how [would i|do they] say [i'm hungry|my name is|cheers|happy birthday] in @language
        what is [hello|the word for dog|water|friend|goodbye|the equivalent of "life is good"] in @language
        what's the @language word for [butterfly|bread|lonely|thank you|bathroom]
        what does "[je t'aime|guten tag|hasta luego|buongiorno|xie xie|sayonara|merci beaucoup]" mean in english
        @sentence\n\n[translate to @language|in @language please|@language translation?|into @language]
        give me the @language [translation|version|equivalent] of [this|the text]: @sentence
        i need this in @language: @sentence
        put this into [natural|fluent|formal|native-sounding] @language: @sentence
        [english to @language|@language to english|@language]: @sentence
        You are a professional translator. Translate the text into @language. Only return the translation. @passage
        act as a @language translator: @sentence
        translate the [menu|subtitles|lyrics|strings|manual|contract|website] into @language, keep the formatting
        what would the word for [tree|sky] be in [finland|spain|japan]
        is this translation correct? "@sentence" -> "[la reunión es el jueves|où est la pharmacie|ich vermisse dich]"
        localize these [app strings|slogans] for [germany|brazil|japan]: @sentence
        transliterate [this name|my name|privet] into [cyrillic|latin letters|katakana]
        [traduce|traduzca|puedes traducir] [esto|este texto|al inglés|la siguiente frase] [al inglés|al francés|al español|]: [me gustaría reservar una mesa|@sentence|el perro corre]
        cómo se dice "[good luck|te quiero|gracias]" en [inglés|alemán|japonés]
        [traduis|traduire|peux tu traduire] [ce texte|cette phrase|] en [anglais|espagnol|allemand|français] : [@sentence|le chat dort sur le lit]
        comment dit on [bonjour|merci|je t'aime] en [anglais|chinois|italien]
        [übersetze|übersetzen sie|kannst du] [diesen satz|den text|das] [ins englische|auf spanisch|ins deutsche] [übersetzen|]: [@sentence|der hund schläft]
        wie sagt man [danke|guten morgen] auf [japanisch|italienisch|englisch]
        [traduza|traduzir|traduz] [isto|este texto|a frase] para [o inglês|inglês|português|espanhol]: [@sentence|o livro está na mesa]
        [переведи|переведите|перевод] [на английский|на русский|на немецкий|с английского][: | текст: ][@sentence|кошка спит на диване]
        как [сказать|будет] [спасибо|привет] на [японском|французском|английском]
        [翻译成英文|翻译|把这句话翻译成英语|请翻译成中文|英译中]：[@sentence|我明天去北京|这本书很有意思]
        ["谢谢"|"你好"]用[日语|法语|英语]怎么说
        [英語に翻訳して|日本語に訳してください|次の文を英訳してください]：[@sentence|明日は雨が降るでしょう]
        [「ありがとう」|「猫」]は[英語|中国語]で何と言いますか
        [영어로 번역해줘|한국어로 번역해 주세요|번역]: [@sentence|오늘은 날씨가 좋아요]
        [traduci|traduzione] [in inglese|in italiano|in francese]: [@sentence|domani vado al mare]
        [przetłumacz|jak jest] [na angielski|na polski|po niemiecku]: [@sentence|dziękuję]
        [vertaal] [dit|deze zin] naar [het engels|nederlands]: @sentence
        [çevir|ingilizceye çevir|türkçeye çevirir misin]: [@sentence|yarın okula gideceğim]
        [terjemahkan|artikan] [ke bahasa inggris|ke bahasa indonesia]: [@sentence|saya suka makan nasi]
        [ترجم|ترجمة] [إلى الإنجليزية|الى العربية|هذه الجملة]: [@sentence|الكتاب على الطاولة]
        [dịch] [sang tiếng anh|sang tiếng việt|câu này]: @sentence
        इसका [अंग्रेजी|हिंदी] में अनुवाद करो: @sentence
        """#

    /// Say a given text again, better: correct, paraphrase, change tone or length.
    static let rewriting = #"""
        [rewrite|rephrase|paraphrase|reword] [this|the following|my] [sentence|paragraph|text|email|essay|abstract|bio|]: @sentence
        [rewrite|rephrase|paraphrase] [this|the text below] [to sound more professional|in a friendlier tone|in simpler words|so that it is not plagiarism|in academic style|more concisely|in my own words|like a native speaker]\n\n@passage
        [correct|fix|check] [the|my] [grammar|spelling|grammar and spelling|english|punctuation] [of|in|:] [this|the following|] [text|sentence|email|]\n@sentence
        [proofread|edit|polish|improve|revise] [this|the following|my] [text|essay|email|paragraph|cover letter|abstract|sentence]: @passage
        is this [sentence|email] [correct|grammatically correct|ok]? @sentence
        @sentence\n\n[make it sound better|more formal please|fix grammar|rephrase|make this more polite|correct this|improve the wording]
        make [this|the following] [more formal|more casual|more polite|more persuasive|sound less robotic|sound human|longer|clearer|easier to read|gender neutral]: @passage
        change [this to passive voice|the tense to past|this from first person to third person|the tone]: @sentence
        [simplify|tone down|expand|elaborate on|shorten and polish] [this|the following] [text|message]: @passage
        [combine|merge] these [two|three] sentences into one: @sentence @sentence
        [better|another|more formal] way to say "[i hope this email finds you well|sorry for the late reply|i think|very good|please let me know]"
        reword my [linkedin summary|resume bullet|apology]: @sentence
        turn these bullet points into [a paragraph|full sentences]: - [moved to oslo|sales up] - [opened shop|costs stable]
        remove the [repetition|filler words|contractions|jargon] from this text @passage
        improve my writing and explain the changes: @sentence
        as a native speaker, would you say it like this? @sentence
        [corrige|mejora|reescribe|reformula] [este texto|esta frase|mi redacción|el correo] [para que suene más formal|]: [@sentence|yo a ido al tienda ayer]
        [corrige|reformule|améliore|réécris] [ce texte|cette phrase|mon mail] [dans un style plus soutenu|] : [@sentence|je suis allé au magasin et j'ai acheter du pain]
        [korrigiere|verbessere|formuliere] [diesen text|den satz|meine e-mail] [um|professioneller|]: [@sentence|ich habe gestern in der stadt gegangen]
        [corrija|reescreva|melhore] [este texto|a frase|meu email] [de forma mais formal|]: [@sentence|nós vai na escola]
        [исправь ошибки|перефразируй|улучши текст|перепиши] [в более официальном стиле|]: [@sentence|я вчера ходил в магазин за хлебам]
        [润色|改写|修改|优化][这段话|下面的句子|我的英文作文][，使其更正式|]：@sentence
        [添削してください|もっと丁寧に書き直して|言い換えて]：@sentence
        [문법을 고쳐줘|더 자연스럽게 바꿔줘|다시 써줘]: @sentence
        [correggi|riscrivi|riformula] [questo testo|la frase]: @sentence
        [popraw|przeredaguj|sparafrazuj] [ten tekst|zdanie]: @sentence
        [düzelt|daha resmi yaz|yeniden yaz]: @sentence
        [perbaiki|parafrase] [kalimat ini|tulisan ini]: @sentence
        """#
}
