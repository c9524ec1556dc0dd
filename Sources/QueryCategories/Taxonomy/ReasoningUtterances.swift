extension TaxonomyUtterances {
    /// Deduction, puzzles, riddles, commonsense and causal judgement, strategy where the answer must be worked out.
    static let reasoning = #"""
        there are [three|four|five] houses in a row, each of a different colour. the [red house is left of the blue one|person who owns the cat lives next to the doctor]. who [owns the fish|lives in the middle house]?
        [solve this|here is a] [riddle|puzzle|logic puzzle|brain teaser]: [i speak without a mouth and hear without ears|the more you take the more you leave behind|what has keys but opens no locks]
        what has [a neck but no head|hands but cannot clap|to be broken before you can use it]?
        all [bloops|cats|poets] are [razzies|animals|liars]. [all|some|no] [razzies|animals|liars] are [lazzies|black|happy]. [does it follow that|are|is it true that] [all|some] [bloops|cats|poets] are [lazzies|black|happy]?
        if [it rains|a is true|tom lies] then [the street is wet|b is false|ann tells the truth]. [the street is not wet|b is true]. what can we conclude?
        premise: every member of the club is a painter. premise: no painter is rich. conclusion: [no member is rich|some painters are members]. is the argument valid?
        is the following argument deductively valid or invalid? first, ... therefore ...
        a man pushes his car to a hotel and loses his fortune. what happened?
        you have [8|12] balls, one is heavier. how do you find it in [two|three] weighings?
        a farmer must cross a river with a wolf, a goat and a cabbage. the boat carries only one. how does he do it
        on an island live knights who always tell the truth and knaves who always lie. [a says b is a knave|anna says "we are both knaves"]. who is what?
        alice is taller than bob, bob is taller than carl, dan is shorter than carl. who is the [tallest|second shortest]?
        five people sit around a table. [ann sits opposite ben, carla is left of dan|eve does not sit next to frank]. who sits between [ann and carla|ben and eve]?
        [sally|maria] has 3 brothers. each brother has 2 sisters. how many sisters does she have?
        i have two coins that make 30 cents and one of them is not a nickel. what are they
        if yesterday was two days before monday, what day is [today|tomorrow]?
        today is march 3, 2015. what is the date [ten days ago|a week from tomorrow|one month later]?
        which one does not belong: [apple, banana, carrot, pear|2, 3, 6, 7, 11|square, circle, cube, triangle]
        [finger is to hand as leaf is to ?|doctor is to hospital as teacher is to what]
        john put his keys in the drawer and left. while he was away mary moved them to the shelf. where will john look for his keys?
        i put a marble in a cup, turn the cup upside down on the table, then put the cup in the microwave. where is the marble?
        the trophy doesn't fit in the suitcase because it is too big. what is too big?
        [complete the sentence|choose the option that fits|fill in the blank]: the man lifted the boy because _ was [strong|tired]. options: the man, the boy
        which continuation is most plausible? a woman is sitting at a piano. she (a) eats the bench (b) sets her fingers on the keys (c) swims away
        what would happen if [gravity were half as strong|everyone could read minds|money did not exist|the sun vanished for a second]? think step by step
        think step by step: if i hang 5 shirts in the sun and they dry in 4 hours, how long do 10 shirts take
        a doctor gives you three pills and tells you to take one every half hour. how long do they last
        you are in a race and pass the person in second place. what place are you in?
        three switches outside a closed room, one lamp inside. you may enter once. how do you know which switch it is?
        there are 100 prisoners and a light bulb, find the strategy
        monty hall problem: should you switch doors and why?
        is it better to take the bus that comes every 10 minutes or walk 15 minutes? reason it through
        did the factory cause the fish to die? the river was already warm, but the factory added waste. how would a typical person answer about causation?
        analyze the logical fallacy in this argument: [everyone buys it so it must be good|you can't trust him, he is a lawyer|if we allow this, next we will allow anything]
        what is wrong with this reasoning: sales rose after the new logo, so the logo caused the rise
        schedule 4 meetings in 3 rooms so that [nobody is in two places at once|ann is free after 2]. which assignments are possible?
        given the clues, find out [who killed the baker|which box holds the gold|who drinks water]: 1. exactly one statement is true. 2. ...
        a clock shows 3:15. what is the angle... no tricks, reason carefully
        a snail climbs 3 feet each day and slips 2 each night. how many days to get out of a 30 foot well
        arrange the words alphabetically: [cloud, apple, cat, bridge|zeta, alpha, mu]
        i have a red ball, two blue cubes and a green pen on the table. if i remove all the blue things, how many objects remain?
        take one step forward, turn left, take two steps, turn around. do you return to the starting point?
        true and (not false or false) is
        which statement must be true if the others are false?
        sort these from earliest to latest without knowing the dates, only from the hints: [a was before c, b after a|the trip came after the wedding]
        how many squares are on a chess board, careful
        a bat and a ball cost 1.10 together, the bat costs one more than the ball, what does the ball cost
        guess the rule: [ace -> 3, bad -> 3, to -> 2|2 4 8 fits, 3 6 12 fits, 1 2 3 does not]
        is this sentence plausible? "lebron james hit the home run"
        which is the odd one out and why
        who is lying? [anna: ben did it. ben: carl did it. carl: ben is lying.|x says y lies, y says z lies]
        why would a man living on the tenth floor take the elevator only to the seventh when it isn't raining?
        what can you infer about the owner of a house with three bikes, a dog bed and no car?
        [resuelve|adivina] [este acertijo|esta adivinanza]: [cuanto más quitas más grande es|vuela sin alas y llora sin ojos]
        si todos los [perros|pintores] son [animales|ricos] y ningún [animal|rico] [vuela|duerme], ¿qué se deduce?
        [résous|voici] cette [énigme|devinette] : [plus j'ai de gardiens moins je suis gardé|qu'est-ce qui monte et ne descend jamais]
        ein [rätsel|logikrätsel]: [was hat zähne und kann nicht beißen|drei freunde, einer lügt immer]
        [resolva|adivinhe] [este enigma|esta charada]: [o que é o que é, quanto mais seca mais molhada fica|um dos três irmãos mente]
        [отгадай загадку|реши логическую задачу]: [зимой и летом одним цветом|на острове живут рыцари и лжецы]
        [逻辑题|猜谜语|推理题]：[甲说乙在说谎，乙说丙在说谎|三个人中只有一个说真话|越洗越脏的是什么]，请一步一步推理
        [なぞなぞ|論理パズル][です|]：[三人のうち一人だけが嘘をついている|パンはパンでも食べられないパンは]？
        [수수께끼|논리 문제]: [세 명 중 한 명만 진실을 말한다|누가 거짓말을 하고 있을까]
        bilmece: [yedi kardeş el ele, ışık saçar gezer|üç kişiden biri yalan söylüyor]
        teka-teki: siapa yang berbohong?
        """#
}
