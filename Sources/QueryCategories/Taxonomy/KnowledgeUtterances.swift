extension TaxonomyUtterances {
    /// Facts, definitions, explanations, multiple choice: knowledge without a text to look it up in.
    static let questionAnswering = #"""
        who won [the last season of the show|the world cup in 1998|best picture|the election of 1912|the super bowl]
        what [is|was] the name of the [song|actor|river|dog|ship|first ruler|girl] [in|from|who|that] [the movie|sank in 1912|flows through @place|plays the sister]
        how many [episodes|seasons|states|players|provinces|terms] [are there|does it have|are in @place|can a president serve]
        what is the [area code|zip code|time zone|boiling point|atomic number|melting point|freezing point] of [louisville|ohio|gold|water|helium]
        Which [hero|title role|term|force|type of rock|gas|body part] [of several stories was first introduced in a novel|requires contact|is formed by cooling lava|do plants need|is used to describe]?
        [Grow lamps|Depressions in a road that fill with ice|A polar bear's fur|Friction|Predators] [provide|will|helps it to|causes|eat] [a. light, b. heat, c. sound|get bigger|hide|warmth|prey]
        A student [drops|heats|mixes|places] [a ball|a metal rod|two liquids|a plant in a dark closet]. What will [most likely|] happen [next|]?
        Enamine reactions include [substitutions and additions|condensations]. [Which reagent is needed|What product results|Identify compound X]?
        We have a solution of [200.00 cm3 with 1.00 g of salt|a weak acid at ph 4|two spin 1/2 nuclei in a strong field]. Which [statement|value|option] is correct?
        [Statement 1|Statement A] is true about [virtue ethics|enzymes|contracts]. According to [utilitarians|the court|the theory], the [best|most appropriate] [answer|course] is
        who [wrote|painted|invented|discovered|directed|founded] [war and peace|the mona lisa|the telephone|penicillin|the first star wars film|the red cross]
        who [is|was] the [president|king|queen|prime minister|first emperor] of @place
        who sang [the theme song of that movie|yesterday once more|lead in queen]
        who plays [the villain in the last season|quarterback for the dallas team|the doctor in the new series]
        when [did|was] [the berlin wall fall|the eiffel tower built|world war one end|the first iphone released|the treaty of versailles signed]
        when is [the next solar eclipse|mother's day in @place|the new season coming out]
        where [is|was] [mount kilimanjaro|the 1996 olympics held|machu picchu|napoleon born|the movie jaws filmed]
        where does [the mississippi river start|the last name garcia come from|cinnamon come from]
        what is the [capital|population|currency|official language|highest mountain|national animal] of @place
        what is [osmosis|a black swan event|the golden ratio|gdp|a haiku|dark matter|an rss feed|blockchain|hypertension|a stoic|crispr]
        what's the difference between [a virus and a bacterium|weather and climate|stocks and bonds|mitosis and meiosis|alligators and crocodiles|affect and effect|a loan and a lease]
        [what|which] [us state|country|city|planet|animal] [is the largest|has the most lakes|is known as the big apple|has rings|sleeps the longest]?
        which [actor|singer|author|scientist|general] [was born in lyon|won three oscars in a row|wrote under the name george orwell|led the troops at waterloo]?
        in which [year|country|film|city|sport] [did man first walk on the moon|is the river volga|does tom hanks play a pilot|would you find the uffizi|is the term love used]?
        name the [three branches of government|largest moon of saturn|author of faust|seven wonders of the world]
        what does [nasa stand for|the prefix hyper mean|lol mean|carpe diem mean|a seismograph measure]
        how [far is the moon|deep is the ocean|old is the universe|tall is the burj khalifa|long do elephants live|many bones does a human have|many people speak swahili]
        how does [photosynthesis|a refrigerator|the stock market|a vaccine|a nuclear reactor|the electoral college|gps|an airplane wing] work
        why [is the sky blue|do cats purr|did the roman empire fall|do we dream|is sea water salty|do leaves turn red|is pluto not a planet]
        explain [@topic|the theory of relativity|supply and demand|natural selection|the french revolution|inflation] [to a five year old|in simple terms|in detail|briefly|]
        tell me about [@topic|the history of @place|the life of marie curie|the battle of stalingrad]
        give me [information|an overview|some facts|a detailed explanation] [about|on|of] @topic
        what [causes|are the causes of|are the symptoms of|are the types of|are the effects of] [@topic|earthquakes|depression|asthma|inflation|tides]
        what are the [advantages and disadvantages|pros and cons|main features|benefits|main theories] of @topic
        describe the [structure of dna|process of fermentation|life cycle of a frog|economy of @place|role of the liver|political system of @place]
        define [entropy|democracy|opportunity cost|photosynthesis|metaphor|elasticity of demand]
        [compare|compare and contrast] [@topic and @topic|capitalism and socialism|plant and animal cells|buddhism and hinduism]
        is [a tomato a fruit|it true that we use ten percent of our brain|coffee bad for you|glass a liquid|the earth flat|a whale a mammal]?
        does [sugar make children hyperactive|the sun move|honey ever spoil|@place have a king]
        can [dogs eat grapes|you see the great wall from space|humans live on mars|sharks swim backwards]
        what happens [if you swallow gum|when you crack your knuckles|to the body after death|when ice melts|if you break a mirror]
        Question: [Which of these is a renewable resource?|Which process turns water into vapor?|What is the function of the mitochondria?] [Options|Choices]: (A) [coal|freezing] (B) [wind|evaporation] (C) [oil|melting] (D) [gas|rain]
        Which of the following [best describes|is an example of|would most likely cause|is true of|is not part of] [a chemical change|erosion|the nervous system|a monopoly]?\nA. [rusting iron|a river]\nB. [cutting paper|a rock]\nC. [melting ice|sand]\nD. [all of the above|none of these]
        A [patient|45-year-old man|nurse|plaintiff|company|student|farmer] [presents with chest pain|sues for breach of contract|sees a plant bend toward light|wants to lower its costs]. What is the most likely [diagnosis|outcome|explanation|next step]?\nA. ...\nB. ...\nC. ...\nD. ...
        the [study|branch of science|process|organ|instrument] that [deals with earthquakes|cleans the blood|turns sugar into alcohol] is called
        an animal that eats only plants is
        where would you [find a jellyfish|put a letter before sending it|keep milk|hear a trumpet]? [a. the sea, b. the desert, c. a library|]
        what might [a person do when bored|someone use to cut paper|a dog do when it hears a noise]?
        [the answer is a single letter.|choose the correct answer.|answer with a, b, c or d:] [which planet is closest to the sun|what gas do plants take in]? a) [mercury|oxygen] b) [venus|nitrogen] c) [mars|carbon dioxide]
        the enthalpy of [a reaction|formation of water] at constant pressure is equal to [the heat absorbed|work done]. which spectrum would show a singlet at 2.1 ppm?
        which product forms when [benzaldehyde reacts with acetone in base|an alkene meets hbr]? how many signals appear in the nmr spectrum?
        a particle with spin 1/2 is in the state up along z. [what is the expectation value of the operator|which energy levels are allowed]?
        according to [kant|rawls|aristotle|freud|keynes|piaget], [what makes an act right|justice is|children at this stage]
        what did [darwin|plato|lincoln|gandhi] [believe about|say about|mean by] [species|the state|freedom]
        [medical|legal|history|biology|geography] question: [is aspirin an anticoagulant|what is a tort|who was charlemagne|what is an enzyme|which sea lies east of italy]
        what are the laws on [renting|inheritance|self defence] in @place
        list of [countries in the eu|bones in the hand|planets by size|kings of france|noble gases]
        latest news on @topic
        what time is it in [tokyo|new york]
        how many calories are in [an egg|a banana]
        what's the story behind [the name of this country|the trojan horse]
        is there life on other planets
        biography of [frida kahlo|nelson mandela|ada lovelace|genghis khan]
        [plot|ending] of [the great gatsby|inception] explained
        meaning of [the color purple in the bible|the lyrics of imagine|"break a leg"]
        [wer|wann|wo|was|warum] [war der erste kaiser von china|wurde die mauer gebaut|liegt timbuktu|ist photosynthese|ist der himmel blau]
        erkläre [mir|] [den unterschied zwischen viren und bakterien|was inflation ist|den treibhauseffekt]
        [quién|cuándo|dónde|qué|por qué] [fue simón bolívar|terminó la guerra|está el lago titicaca|es la fotosíntesis|el cielo es azul]
        [explica|háblame de] [la revolución francesa|el sistema solar|qué es la inflación]
        [qui|quand|où|qu'est-ce que|pourquoi] [a peint la joconde|a eu lieu la révolution|se trouve le kilimandjaro|est la photosynthèse|le ciel est bleu]
        [explique moi|parle moi de] [la théorie de la relativité|l'histoire de rome]
        [quem|quando|onde|o que é|por que] [descobriu o brasil|acabou a guerra|fica o monte everest|fotossíntese|o céu é azul]
        [кто|когда|где|что такое|почему] [написал войну и мир|началась первая мировая|находится байкал|фотосинтез|небо голубое]
        [расскажи|объясни] [про чёрные дыры|что такое инфляция|историю рима]
        [谁|什么是|为什么|什么时候|哪里][发明了电灯|光合作用|天空是蓝色的|第二次世界大战结束|是最高的山]？
        [介绍一下|解释一下|请问][秦始皇|量子力学|通货膨胀|地球的年龄]
        [日本の首都|光合成|相対性理論|一番高い山][とは何ですか|を説明してください|について教えて]
        [한국의 수도는|광합성이란|가장 높은 산은] [어디야|무엇인가요|뭐야]
        [chi|quando|dove|cos'è|perché] [ha scritto la divina commedia|è finita la guerra|si trova il vesuvio|la fotosintesi|il cielo è blu]
        [kto|kiedy|gdzie|co to jest] [napisał pana tadeusza|wybuchła wojna|leży gniezno|fotosynteza]
        [kim|ne zaman|nerede|nedir] [telefonu icat etti|istanbul fethedildi|kapadokya|fotosentez]
        [siapa|kapan|apa itu|jelaskan] [penemu lampu|indonesia merdeka|fotosintesis|hukum newton]
        [من هو|متى|أين|ما هو] [مخترع الهاتف|انتهت الحرب|تقع مصر|التمثيل الضوئي]
        [ai|khi nào|cái gì là] [là tổng thống đầu tiên|quang hợp|chiến tranh kết thúc]
        [भारत की राजधानी|प्रकाश संश्लेषण] क्या है
        """#
}
