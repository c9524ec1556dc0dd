extension TaxonomyUtterances {
    /// Greetings, thanks, feelings, the assistant itself: talk for its own sake.
    static let chat = #"""
        i [would like|want] to know [if you are a robot|whether you are human|your name|how old you are|what you like|who made you]
        [are you|could you be|is this] a [bot or a person|real person|machine|computer program|human being]
        [i'm|i am] [curious|wondering] [if you're a bot|what you do in your spare time|where you come from]
        what [kind of|sort of] [pets do you have|things can i ask you|music do you listen to|work do you do]
        what [can|could|do] i call you
        tell me [a pun|a joke about cars|some trivia|something cool about bees]
        [what's|tell me] the [point|meaning|purpose] of [life|it all|existence]
        [hi|hello|hey|good morning|good evening|yo|hiya|hey there|howdy|sup|greetings][ there| buddy| chatgpt| ai|!|, how are you?| how's it going|]
        how [are you|is it going|was your day|do you feel|have you been] [today|]?
        [thanks|thank you|thx|cheers|ty|much appreciated|perfect, thanks|great, thank you so much][!| for your help| a lot|]
        [bye|goodbye|see you|good night|talk to you later|have a nice day|that's all for today]
        [ok|okay|cool|nice|great|lol|haha|hmm|wow|yes|no|sure|i see|got it|interesting|really?|why not|go on|continue|?|test|testing]
        who [are you|made you|created you|do you work for|is your boss]
        what [are you|is your name|can you do|are your hobbies|is your favourite color|do you do for fun|should i call you|version are you|model are you|do you think of humans]
        are you [a robot|human|real|an ai|alive|sentient|chatgpt|gpt-4|there|conscious|better than google]?
        do you [have feelings|sleep|like music|have pets|dream|remember me|speak german|love me|believe in god]?
        where [are you from|do you live|were you born]
        how old are you
        can [you help me|i ask you something|we talk|you keep a secret|you hear me|you feel pain]?
        [i'm|i am|i feel] [bored|sad|lonely|tired|so happy today|stressed|fine|in love|angry at my sister|nervous about tomorrow]
        [i had a|it was a] [bad|great|long|weird] day [at work|today|]
        my [dog died|girlfriend left me|cat is so cute|weekend was great|boss is annoying], [i don't know what to do|just wanted to tell someone|]
        tell me [a joke|something funny|a fun fact|something interesting|about yourself|a secret|something i don't know]
        do you know any [jokes|good fun facts|riddles]
        [let's|can we] [chat|talk|be friends|just talk about life]
        what [do you want to talk about|'s up|are you doing|do you think about love|is the meaning of life]
        [you are|you're] [awesome|stupid|wrong|funny|so smart|useless|my best friend]
        [i love you|i hate you|i miss you|marry me|sorry|never mind|forget it|no worries]
        what do you think [about me|of this weather|about love]
        [do you have|what's] [a favourite movie|your favourite food|plans for the weekend]
        are we friends
        it's my birthday today
        guess what, i got the job!
        my name is [ana|john|li wei], [nice to meet you|what's yours]
        i just wanted to say hi
        talk to me
        what is your opinion on pineapple pizza
        what can i ask you
        wake up
        hola[, ¿cómo estás?|!| qué tal|]
        [buenos días|buenas|gracias|muchas gracias|adiós|hasta luego|quién eres|cómo te llamas|qué puedes hacer|estoy triste|cuéntame un chiste]
        [salut|bonjour|coucou|merci beaucoup|ça va ?|au revoir|qui es tu|comment tu t'appelles|raconte moi une blague|je m'ennuie]
        [hallo|guten tag|moin|danke|vielen dank|tschüss|wie geht es dir|wer bist du|was kannst du|erzähl mir einen witz|mir ist langweilig]
        [olá|oi|bom dia|tudo bem?|obrigado|tchau|quem é você|qual o seu nome|me conte uma piada|estou triste]
        [привет|здравствуй|как дела|спасибо|пока|кто ты|что ты умеешь|расскажи анекдот|мне скучно|доброе утро]
        [你好|您好|谢谢|再见|你是谁|你叫什么名字|你会做什么|讲个笑话|我很无聊|在吗|早上好]
        [こんにちは|ありがとう|さようなら|おはよう|元気ですか|あなたは誰|名前は何ですか|冗談を言って|暇だな]
        [안녕|안녕하세요|고마워|잘 가|너는 누구야|이름이 뭐야|심심해|농담 해줘]
        [ciao|buongiorno|grazie|come stai|chi sei|raccontami una barzelletta|arrivederci]
        [cześć|dzień dobry|dziękuję|jak się masz|kim jesteś|opowiedz żart|pa]
        [merhaba|selam|nasılsın|teşekkürler|kimsin|bir şaka anlat|görüşürüz]
        [halo|hai|apa kabar|terima kasih|siapa kamu|selamat pagi|ceritakan lelucon]
        [مرحبا|السلام عليكم|شكرا|كيف حالك|من انت|احكي نكتة]
        [xin chào|cảm ơn|bạn là ai|bạn khỏe không]
        [नमस्ते|धन्यवाद|तुम कौन हो|आप कैसे हैं]
        [hoi|hallo daar|dank je|hoe gaat het|wie ben je]
        """#

    /// What has no category of its own: advice, plans, ideas, recommendations, shopping, practical how-to.
    static let general = #"""
        [give me|suggest|recommend|list|i need] [10|five|some|a few|] [ideas|tips|suggestions|recommendations|names] [for|on|about] [@topic|a birthday party|saving money|my new cafe|a company that sells shoes|date night|learning faster|gifts for my dad]
        [brainstorm|come up with] [ideas|names|topics|questions] [for|about] [a podcast|my youtube channel|a startup|@topic|an icebreaker|a survey]
        [what should i|what can i|what do i] [do|cook|wear|buy|read|watch|say] [tonight|for dinner|to a wedding|for my mom's birthday|next|in @place|if my boss ignores me]
        [should i|is it worth to|is it a good idea to] [quit my job|buy a house now|learn the guitar at 40|text my ex|get a dog|study abroad|invest in @topic]
        how [do i|can i|to] [lose weight|sleep better|make friends|get rid of ants|stop procrastinating|save for a car|fix a leaking tap|tie a tie|clean a cast iron pan|apply for a visa|learn a language fast|ask for a raise|get more followers]
        [plan|create|make|give me] [a|me a|an] [itinerary|travel plan|workout plan|meal plan|study schedule|weekly plan|roadmap|budget|checklist|lesson plan|training program] [for|to|about] [3 days in @place|losing 5 kg|a beginner|an exam in two weeks|@topic|moving house|a family of four]
        [best|cheapest|top 10] [places to visit|restaurants|hotels|laptops|phones|books|movies|books] [in @place|for students|under 500 dollars|about @topic|of all time]
        [recommend|suggest] [me|] [a|some] [good|] [book|movie|series|song|anime|game|restaurant|podcast]s? [like inception|about @topic|for a rainy day|for kids]
        [i like|i enjoyed] [the matrix, inception and interstellar|jazz and soul|stardew valley], what [else|] should i [watch|listen to|play]
        recipe for [lasagna|vegan pancakes|chicken curry|banana bread|a cocktail with gin]
        what can i [make|cook] with [eggs, rice and spinach|leftover chicken]
        my [friend|partner|colleague|neighbour|son] [is always late|does not talk to me|plays loud music|refuses to do homework], [what should i do|how do i deal with it]
        how to [start|grow|promote|price|name] [a small business|an online shop|a newsletter|my services]
        [create|make] a [marketing strategy|business model|content calendar|swot analysis|pitch outline|okrs|social media plan] for [@topic|a gym|an app for dog owners]
        which [phone|car|laptop|university|programming language to learn|credit card|city] should i [buy|choose|pick|move to]
        [pros and cons|advice] [of|on] [moving abroad|renting|freelancing|marrying young]
        help me [decide|choose] between [two job offers|a cat and a dog|paris and rome]
        [i have|i've had] [a headache|back pain|a rash] for [three days|a week], [should i see a doctor|what could help]
        how much should i [tip|save each month|walk per day]
        [questions|interview questions|icebreakers|trivia questions|quiz questions] [to ask|for|about] [a candidate|@topic|a first date|my students]
        [design|create] a [logo idea|room layout|garden|survey|curriculum|game|tattoo] [for|about] [@topic|a small balcony|beginners]
        prepare me for [a job interview|my driving test|a difficult talk with my boss]
        steps to [get a passport|open a bank account|become a pilot|organise a conference]
        set [a timer for ten minutes|an alarm for 7|a reminder to call mom]
        play [some jazz|the next song|my playlist]
        turn [on|off] the [lights|heating|tv]
        book [a table for two|a flight to @place|a taxi]
        what's on my [calendar|shopping list|to do list] [today|]
        what is my [account balance|order status|pin]
        [call|text] [mom|john] and tell [her|him] i'm late
        where is my package
        image of a [cat on a skateboard|castle at sunset], oil painting
        midjourney prompt for [a castle|a cyberpunk city|a logo with a fox]
        [draw|generate an image of|picture of] [a horse|a sunset|a robot]
        generate [5|ten] [usernames|hashtags|keywords|titles|passwords|random numbers|company names] [for|about|] [@topic|]
        [dame|recomienda|sugiere] [ideas|consejos|un libro|una receta|un plan] [para|de] [una fiesta|dormir mejor|viajar a méxico|adelgazar|pasta]
        qué [me recomiendas|puedo hacer|debería comprar] [este fin de semana|para cenar|para mi madre]
        [donne|propose|conseille] moi [des idées|une recette|un programme|un film|des conseils] [pour|de] [un anniversaire|mieux dormir|voyager au japon|crêpes]
        [gib|empfiehl|nenne] mir [ideen|tipps|ein rezept|einen plan|ein buch] [für|zum] [einen geburtstag|abnehmen|drei tage in rom|einschlafen]
        [me dê|sugira|recomende] [ideias|dicas|uma receita|um plano|um filme] [para|de] [festa|dormir melhor|viajar|bolo]
        [посоветуй|предложи|дай|составь] [идеи|фильм|рецепт|план тренировок|книгу|план поездки] [на вечер|для дня рождения|борща|в турцию|для похудения]
        [推荐|给我一些|帮我制定|怎么][几本书|减肥的建议|旅行计划|一部电影|做番茄炒蛋|提高睡眠质量]
        [おすすめの|教えて][本|映画|レシピ|旅行プラン|ダイエットの方法]を[教えて|提案して]ください
        [추천해줘|알려줘] [영화|책|여행 계획|다이어트 방법|김치찌개 레시피]
        [dammi|consigliami] [idee|una ricetta|un film|un piano di viaggio] [per|di] [una festa|la carbonara|dormire meglio]
        [poleć|zaproponuj|daj] [film|książkę|przepis|pomysły|plan treningowy] [na wieczór|na urodziny|na sernik]
        [bana|öner] [film|kitap|tarif|tatil planı|diyet listesi] [öner|ver]
        [berikan|rekomendasikan] [ide|tips|resep|film|rencana perjalanan] [untuk] [pesta|tidur|bali]
        [اقترح|أعطني] [أفكار|وصفة|خطة سفر|فيلم] [لحفلة|للكبسة|إلى تركيا]
        """#
}
